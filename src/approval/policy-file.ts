import { realpathSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { messageOf, UserError } from "../errors.ts";
import { readOwnerOnly } from "./owner-only.ts";

const MAX_POLICY_BYTES = 1_048_576;

const commandRule = z.strictObject({
  argv: z
    .array(z.string().regex(/^[\w@+=:,./-]+$/, "must be one plain word: no spaces, quotes, globs or shell characters"))
    .min(1)
    .describe("The first words of the command, compared exactly."),
  options: z
    .boolean()
    .default(false)
    .describe("Whether further words may begin with `-`; they can turn many harmless programs into dangerous ones."),
});

const writeRule = z.strictObject({
  path: z.string().min(1).describe("Glob over paths relative to the workspace."),
  tools: z.array(z.string()).default(["write_file"]).describe("Tools that the rule covers."),
});

/** The policy file's shape. Only what it lists is allowed without asking; there is no list of what is forbidden. */
export const policySchema = z.strictObject({
  version: z.literal(1),
  commands: z.array(commandRule).default([]).describe("Commands that run without asking."),
  writes: z.array(writeRule).default([]).describe("Files that may be changed without asking."),
  sessionGrants: z
    .record(z.string(), z.boolean())
    .default({})
    .describe("Tools whose approval for a whole session is not offered (`false`)."),
  deny: z.array(z.string()).default([]).describe("Tools that are refused without asking."),
});

export type Policy = z.infer<typeof policySchema>;

/** The policy without a file: everything asks. */
export const ASK_ALWAYS: Policy = { version: 1, commands: [], writes: [], sessionGrants: {}, deny: [] };

/**
 * Reads the policy; `ASK_ALWAYS` when there is no file. Throws `approval.policy-unsafe` for a file inside the workspace
 * or one that others may change, `approval.policy-invalid` for one that says something else than a policy.
 */
export function loadPolicy(file: string, workspace: string): Policy {
  const content = readOwnerOnly(file, MAX_POLICY_BYTES);
  if (content === "absent") return ASK_ALWAYS;
  if (typeof content === "string")
    throw new UserError("approval.policy-unsafe", `the policy ${file} is not used: ${FAULTS[content]}`, {
      hint: `chmod 600 ${file}`,
    });
  const inside = path.relative(realpathSync(workspace), realpathSync(file));
  if (inside !== "" && !inside.startsWith("..") && !path.isAbsolute(inside))
    throw new UserError("approval.policy-unsafe", `the policy ${file} is not used: it lies inside the workspace`, {
      hint: "Set CODELAB_HOME to a directory outside the workspace.",
    });
  const parsed = policySchema.safeParse(parseJson(file, content.toString("utf8")));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(file, `${issue?.path.join(".") || "the file"}: ${issue?.message ?? "wrong shape"}`);
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(file, messageOf(error));
  }
}

function invalid(file: string, why: string): UserError {
  return new UserError("approval.policy-invalid", `the policy ${file} is not used: ${why}`);
}

const FAULTS = {
  "not-a-file": "it is no regular file",
  "too-large": "it is larger than 1 MB",
  "others-have-access": "it must belong to you, with nobody else having access",
};
