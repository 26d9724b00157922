import { isAbsolute } from "node:path";
import picomatch from "picomatch";
import { digestOf } from "./digest.ts";
import type { Policy } from "./policy-file.ts";
import type { CommandProposal, Proposal } from "./proposal.ts";
import { protectedReason } from "./protected-paths.ts";

/** What would happen to a call, and why, in words for people. */
export interface Verdict {
  readonly kind: "allow" | "ask" | "deny";
  /** Whose rule it is: the policy file's, or a human's approval for this session. */
  readonly by: "policy" | "session";
  readonly reason: string;
  /** What "approve for this session" would cover; null where it is not offered. */
  readonly grant: SessionScope | null;
  /** Why the target is protected, or null. */
  readonly protection: string | null;
}

export interface SessionScope {
  readonly key: string;
  readonly label: string;
}

export interface PolicyQuestion {
  readonly tool: string;
  readonly proposal: Proposal;
  /** Whether a human already granted this scope to the session. */
  readonly isGranted: (scope: SessionScope) => boolean;
  /** Whether others may be behind the caller's session: what one of them was granted must not be theirs. */
  readonly isShared?: boolean;
  /** Directories of our own, never written without asking. */
  readonly own: readonly string[];
}

/** Judges a call by the policy. Whatever is not clearly allowed asks. */
export function explain(policy: Policy, question: PolicyQuestion): Verdict {
  const { tool, proposal } = question;
  const protection =
    pathsOf(proposal)
      .map((path) => protectedReason(path, question.own))
      .find((reason) => reason !== null) ?? null;
  const mayGrant = protection === null && question.isShared !== true && policy.sessionGrants[tool] !== false;
  const grant = mayGrant ? sessionScope(tool, proposal) : null;
  const verdict = (kind: Verdict["kind"], reason: string, by: Verdict["by"] = "policy"): Verdict => ({
    kind,
    by,
    reason,
    grant,
    protection,
  });
  if (policy.deny.includes(tool)) return verdict("deny", `the policy denies ${tool}`);
  if (protection !== null) return verdict("ask", `${protection}: a human is always asked`);
  if (grant !== null && question.isGranted(grant))
    return verdict("allow", `approved for this session: ${grant.label}`, "session");
  const rule = ruleFor(policy, tool, proposal, question.own);
  if (rule.allowed) return verdict("allow", rule.why);
  return verdict("ask", rule.why);
}

interface Ruling {
  readonly allowed: boolean;
  readonly why: string;
}

function ruleFor(policy: Policy, tool: string, proposal: Proposal, own: readonly string[]): Ruling {
  switch (proposal.kind) {
    case "write":
    case "delete":
      return ruleForFile(policy, tool, proposal);
    case "command":
      return ruleForCommand(policy, proposal, own);
    case "commit":
    case "other":
      return ask("the policy has no rules for this kind of call");
  }
}

function ruleForFile(policy: Policy, tool: string, proposal: Extract<Proposal, { kind: "write" | "delete" }>): Ruling {
  if (proposal.kind === "write" && proposal.after.mode & 0o111 && !((proposal.before?.mode ?? 0) & 0o111))
    return ask("the file becomes executable");
  const rule = policy.writes.find(
    ({ path, tools }) => tools.includes(tool) && picomatch.isMatch(proposal.path, path, { strictSlashes: true }),
  );
  return rule === undefined
    ? ask(`no rule of the policy covers ${proposal.path}`)
    : { allowed: true, why: `the policy lets ${tool} change ${rule.path}` };
}

function ruleForCommand(policy: Policy, proposal: CommandProposal, own: readonly string[]): Ruling {
  if (policy.commands.length === 0) return ask("the policy has no rules for commands");
  if (Object.keys(proposal.env).length > 0) return ask("the call changes the environment");
  if (proposal.background === true) return ask("background commands always ask");
  if (leavesWorkspace(proposal.cwd)) return ask("the directory lies outside the workspace");
  const words = "argv" in proposal.run ? proposal.run.argv : proposal.run.line.split(" ");
  if (!words.every((word) => PLAIN_WORD.test(word)))
    return ask("the command has more than plain words: spaces, quotes, globs or shell characters");
  const rule = policy.commands.find(({ argv }) => argv.every((word, index) => words[index] === word));
  if (rule === undefined) return ask("no rule of the policy begins this command");
  // A name that a search path leads into the workspace means whatever an agent wrote there.
  const { program } = proposal;
  const isNamed = words[0]?.includes("/") === true;
  if (!isNamed && program !== null && !isAbsolute(program)) return ask(`the program is ${program} of the workspace`);
  const further = words.slice(rule.argv.length);
  const shown = rule.argv.join(" ");
  if (!rule.options && further.some((word) => word.startsWith("-"))) return ask(`options after \`${shown}\` ask`);
  if (further.some((word) => leavesWorkspace(word) || protectedReason(word, own) !== null))
    return ask("an argument names a protected path or one outside the workspace");
  const link = (proposal.links ?? []).find(
    ({ target }) => leavesWorkspace(target) || protectedReason(target, own) !== null,
  );
  if (link !== undefined) return ask(`${link.word} is a link to ${link.target}`);
  return { allowed: true, why: `the policy allows \`${shown}\`` };
}

/** A word that means itself in every shell: an allowlist of characters, so that nothing need be thought of. */
const PLAIN_WORD = /^[\w@+=:,./-]+$/;

/** Also where a short option's value follows it at once, as in `-I/etc`. */
function leavesWorkspace(path: string): boolean {
  return path.split(/[=,:]/).some((part) => /^(?:-\w+)?\//.test(part) || part.split("/").includes(".."));
}

function ask(why: string): Ruling {
  return { allowed: false, why };
}

function sessionScope(tool: string, proposal: Proposal): SessionScope | null {
  switch (proposal.kind) {
    case "write":
      return { key: `${tool}:write`, label: `every unprotected file that ${tool} writes` };
    case "delete":
      return { key: `${tool}:delete`, label: `every unprotected file that ${tool} deletes` };
    case "command": {
      const { run, program, links, cwd, env, timeoutMs, background, sandbox } = proposal;
      const exact = digestOf({ run, program, links, cwd, env, timeoutMs, background, sandbox });
      return { key: `${tool}:${exact}`, label: "exactly this command, in this directory" };
    }
    case "commit":
    case "other":
      return null;
  }
}

function pathsOf(proposal: Proposal): readonly string[] {
  switch (proposal.kind) {
    case "write":
    case "delete":
      return [proposal.path];
    case "commit":
      return proposal.paths;
    case "command":
      return [proposal.cwd];
    case "other":
      return [];
  }
}
