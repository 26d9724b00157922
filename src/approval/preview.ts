import { unifiedDiff } from "./diff.ts";
import { digestOf } from "./digest.ts";
import type {
  CommandProposal,
  CommitProposal,
  DeleteProposal,
  FileImage,
  Proposal,
  WriteProposal,
} from "./proposal.ts";
import { hasDeceptive, visible, visibleLine } from "../visible.ts";

export interface Fact {
  readonly label: string;
  readonly value: string;
  /** Whether it is a program's text. */
  readonly isCode?: boolean;
}

/** What a human sees before deciding; every character of it is safe to print. JSON, kept in the ledger whole. */
export interface Preview {
  /** One line, such as `Replace src/a.ts`. */
  readonly title: string;
  readonly facts: readonly Fact[];
  readonly format: "diff" | "command" | "text";
  readonly body: string;
  readonly warnings: readonly string[];
  /** Digest of what will happen, with the hashes of the content before and after. */
  readonly digest: string;
}

type Draft = Omit<Preview, "digest" | "warnings">;

/** Renders a proposal; `notes` are warnings of the gate's own, such as that a path is protected. */
export function renderPreview(proposal: Proposal, notes: readonly string[] = []): Preview {
  const draft = renderDraft(proposal);
  const warnings = [...notes, ...(proposal.warnings ?? []).map(visibleLine)];
  if (textsOf(proposal).some(hasDeceptive))
    warnings.push("Contains invisible, reordering or control characters: they are written out as ⟨…⟩.");
  return { ...draft, warnings, digest: digestOf({ proposal }) };
}

function renderDraft(proposal: Proposal): Draft {
  switch (proposal.kind) {
    case "write":
      return renderWrite(proposal);
    case "delete":
      return renderDelete(proposal);
    case "command":
      return renderCommand(proposal);
    case "commit":
      return renderCommit(proposal);
    case "other":
      return { title: visibleLine(proposal.title), facts: [], format: "text", body: visible(proposal.text) };
  }
}

function renderWrite({ path, before, after }: WriteProposal): Draft {
  const facts: Fact[] = [
    { label: "File", value: visibleLine(path) },
    { label: "Change", value: before === null ? "new file" : "replaces the existing file" },
    { label: "Size", value: before === null ? bytes(after) : `${bytes(before)} → ${bytes(after)}` },
    { label: "Mode", value: modes(before, after) },
  ];
  const title = `${before === null ? "Create" : "Replace"} ${visibleLine(path)}`;
  if (after.text === null || before?.text === null)
    return { title, facts, format: "text", body: `Binary content, SHA-256 ${after.hash}` };
  const endings = lineEndings(before?.text ?? "", after.text);
  if (endings.label !== null) facts.push({ label: "Line endings", value: endings.label });
  const diff = unifiedDiff(endings.before, endings.after);
  facts.push({ label: "Lines", value: `+${diff.added} −${diff.removed}` });
  return { title, facts, format: "diff", body: diff.text === "" ? "(no change of text)" : visible(diff.text) };
}

/** Where both sides end every line with CRLF the CR is told once, not shown on each line. */
function lineEndings(before: string, after: string): { before: string; after: string; label: string | null } {
  const crlfOnly = (text: string) => !/(^|[^\r])\n|\r(?!\n)/.test(text);
  if (!before.includes("\r") && !after.includes("\r")) return { before, after, label: null };
  if (crlfOnly(before) && crlfOnly(after))
    return { before: before.replaceAll("\r\n", "\n"), after: after.replaceAll("\r\n", "\n"), label: "CRLF" };
  return { before, after, label: "mixed: each CR is shown" };
}

function renderDelete({ path, before }: DeleteProposal): Draft {
  return {
    title: `Delete ${visibleLine(path)}`,
    facts: [
      { label: "File", value: visibleLine(path) },
      { label: "Change", value: "deletes the file" },
      { label: "Size", value: bytes(before) },
      { label: "Mode", value: octal(before.mode) },
    ],
    format: before.text === null ? "text" : "diff",
    body: before.text === null ? `Binary content, SHA-256 ${before.hash}` : visible(unifiedDiff(before.text, "").text),
  };
}

function renderCommand(proposal: CommandProposal): Draft {
  const { run, program, links = [], cwd, env, timeoutMs, background, sandbox } = proposal;
  const shown = "argv" in run ? run.argv.map(quoteArgument).join(" ") : visible(run.line);
  const changes = Object.entries(env).map(([name, value]) => `${visibleLine(name)}=${quoteArgument(value)}`);
  const facts: Fact[] = [
    { label: "Directory", value: visibleLine(cwd) },
    { label: "Started by", value: "argv" in run ? "argv, no shell" : `shell ${visibleLine(run.shell)}` },
    ...(program === null || "line" in run ? [] : [{ label: "Program", value: visibleLine(program) }]),
    ...(links.length === 0 ? [] : [{ label: "Links", value: links.map(linkText).join("\n") }]),
    { label: "Environment", value: changes.length === 0 ? "no changes" : changes.join(" ") },
    { label: "Time limit", value: timeoutMs === null ? "none" : `${timeoutMs / 1000} s` },
    { label: "Sandbox", value: sandbox === undefined ? "none: runs with your rights" : visibleLine(sandbox) },
  ];
  if (background === true) facts.push({ label: "Background", value: "keeps running after the answer" });
  return { title: `Run ${headline(shown)}`, facts, format: "command", body: shown };
}

function linkText({ word, target }: { readonly word: string; readonly target: string }): string {
  return `${visibleLine(word)} → ${visibleLine(target)}`;
}

/** The beginning of a command's first line, for titles. */
function headline(command: string): string {
  const line = command.trim().split("\n", 1)[0] ?? "";
  return line.length === command.trim().length && line.length <= 72 ? line : `${line.slice(0, 70)} …`;
}

function renderCommit({ message, author, branch, paths, diff, hooks = [] }: CommitProposal): Draft {
  return {
    title: `Commit ${paths.length === 1 ? visibleLine(paths[0] ?? "") : `${paths.length} paths`}`,
    facts: [
      { label: "Message", value: visible(message) },
      { label: "Author", value: visibleLine(author) },
      { label: "Branch", value: visibleLine(branch) },
      { label: "Paths", value: paths.map(visibleLine).join("\n") },
      ...hooks.map(({ name, text }) => ({
        label: `Runs the hook ${visibleLine(name)}`,
        value: visible(text.trimEnd()),
        isCode: true,
      })),
    ],
    format: "diff",
    body: visible(diff),
  };
}

/** An argument as a POSIX shell would need it typed: unambiguous about where it begins and ends. */
export function quoteArgument(argument: string): string {
  if (/^[\w@%+=:,./-]+$/.test(argument)) return argument;
  return `'${visibleLine(argument).replaceAll("'", String.raw`'\''`)}'`;
}

function modes(before: FileImage | null, after: FileImage): string {
  return before === null || before.mode === after.mode
    ? octal(after.mode)
    : `${octal(before.mode)} → ${octal(after.mode)}`;
}

function octal(mode: number): string {
  return `0${(mode & 0o7777).toString(8)}${(mode & 0o111) === 0 ? "" : " (executable)"}`;
}

function bytes(image: FileImage): string {
  return `${image.bytes.toLocaleString("en-US")} bytes`;
}

function textsOf(proposal: Proposal): string[] {
  switch (proposal.kind) {
    case "write":
      return [proposal.path, withoutCrlf(proposal.after.text ?? "")];
    case "delete":
      return [proposal.path];
    case "command":
      return [...("argv" in proposal.run ? proposal.run.argv : [proposal.run.line]), ...Object.values(proposal.env)];
    case "commit":
      return [
        proposal.message,
        proposal.author,
        withoutCrlf(proposal.diff),
        ...proposal.paths,
        ...(proposal.hooks ?? []).map(({ text }) => withoutCrlf(text)),
      ];
    case "other":
      return [proposal.title, proposal.text];
  }
}

function withoutCrlf(text: string): string {
  return text.replaceAll("\r\n", "\n");
}
