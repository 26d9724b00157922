import { choiceHint } from "../edit-distance.ts";
import { UserError } from "../errors.ts";
import { architect } from "./architect.ts";
import { ask } from "./ask.ts";
import { coder } from "./coder.ts";
import { debug } from "./debug.ts";
import { orchestrator } from "./orchestrator.ts";
import type { Role } from "./role.ts";

/** Every role, the one that leads the others first. */
export const ROLES: readonly Role[] = [orchestrator, coder, architect, debug, ask];

/** The role of this name. @throws UserError `agent.unknown-role` that lists the known ones. */
export function roleNamed(name: string): Role {
  const found = ROLES.find((role) => role.name === name.trim().toLowerCase());
  if (found !== undefined) return found;
  throw new UserError("agent.unknown-role", `there is no agent ${JSON.stringify(name.slice(0, 100))}`, {
    hint: choiceHint(
      name,
      ROLES.map((role) => role.name),
    ),
  });
}
