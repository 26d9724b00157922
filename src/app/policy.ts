import { choiceHint } from "../edit-distance.ts";
import type { Verdict } from "../approval/policy.ts";
import { explain } from "../approval/policy.ts";
import { loadPolicy, type Policy } from "../approval/policy-file.ts";
import { type Preview, renderPreview } from "../approval/preview.ts";
import { openHumanSide } from "./approvals.ts";
import { UserError } from "../errors.ts";
import { explainBadArguments } from "../mcp/bad-arguments.ts";
import type { Config } from "../settings.ts";
import { TOOLS } from "../tools/catalogue.ts";

/** What would happen to a call, and why. */
export interface Explanation {
  readonly tool: string;
  readonly verdict: Verdict["kind"];
  readonly reason: string;
  /** What a human's approval for the session would cover; null where it is not offered. */
  readonly session: string | null;
  /** What a human would be shown; null for a tool that asks nobody. */
  readonly preview: Preview | null;
}

/** The policy in force, and the file that it comes from. */
export async function showPolicy(config: Config): Promise<{ file: string; policy: Policy }> {
  using side = await openHumanSide(config);
  const file = side.approvals.policyFile;
  return { file, policy: loadPolicy(file, config.workspace) };
}

/**
 * Works a call out as far as its preview and judges it by the policy; nothing is done and nobody is asked.
 * @throws UserError for an unknown tool, wrong arguments, an unusable policy, or what the tool itself refuses.
 */
export async function explainCall(
  config: Config,
  name: string,
  args: unknown,
  signal: AbortSignal,
): Promise<Explanation> {
  const tool = TOOLS.find((candidate) => candidate.name === name);
  if (tool === undefined)
    throw new UserError("request.unknown-tool", `there is no tool "${name}"`, {
      hint: choiceHint(
        name,
        TOOLS.map((candidate) => candidate.name),
      ),
    });
  const prepared = tool.prepare(args);
  if (!prepared.ok) throw new UserError("request.bad-arguments", explainBadArguments(tool, args, prepared));
  if (tool.access === "read")
    return { tool: name, verdict: "allow", reason: "it changes nothing", session: null, preview: null };
  const { openApp } = await import("../app.ts");
  const { createToolContext } = await import("./tools.ts");
  const { ownInside } = await import("./guard.ts");
  await using app = await openApp(config);
  using side = await openHumanSide(config);
  const caller = { principal: "user", session: "policy explain", client: "terminal" };
  await using context = createToolContext(app, side.approvals, {
    run: () => Promise.reject(new Error("explained, not run")),
  });
  const staged = await prepared.call.stage(context, { caller, signal, progress: () => {} });
  const { proposal } = staged;
  if (proposal === null) throw new TypeError(`${name} is gated but proposes nothing`);
  const policy = loadPolicy(side.approvals.policyFile, app.workspace.root);
  const own = ownInside(app.workspace.root, config.home);
  const verdict = explain(policy, { tool: name, proposal, isGranted: () => false, own });
  return {
    tool: name,
    verdict: verdict.kind,
    reason: verdict.reason,
    session: verdict.grant?.label ?? null,
    preview: renderPreview(proposal, verdict.protection === null ? [] : [`${verdict.protection}.`]),
  };
}
