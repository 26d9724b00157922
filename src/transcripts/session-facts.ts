import { cleanProse } from "./clean-prose.ts";
import type { TranscriptIdentity } from "./identify-transcript.ts";
import { maskSecrets } from "./mask-secrets.ts";
import type { Message } from "./message.ts";
import type { TitleRank } from "./read-record.ts";
import { oneLine } from "./tool-facts.ts";

/** What is known of a session after some of its lines; plain data, so that it can be stored and taken up again. */
export interface SessionProgress {
  sessionId: string;
  agentId: string | null;
  project: string;
  cwd: string | null;
  gitBranch: string | null;
  titles: Partial<Record<TitleRank | "prompt", string>>;
  /** Former summaries, newest last. */
  summaries: string[];
  firstPrompt: string;
  startedAt: number;
  endedAt: number;
  messages: number;
  /** Files touched, in the order of their first touch. */
  files: string[];
  links: string[];
}

/** What is known of a session before its first record. */
export function newSession(identity: TranscriptIdentity): SessionProgress {
  return {
    ...identity,
    cwd: null,
    gitBranch: null,
    titles: {},
    summaries: [],
    firstPrompt: "",
    startedAt: 0,
    endedAt: 0,
    messages: 0,
    files: [],
    links: [],
  };
}

/** The title that wins: the human's, else a generated one, else a summary, else the first prompt; null when none is known. */
export function titleOf(session: SessionProgress): string | null {
  const { custom, generated, summary, prompt } = session.titles;
  return custom ?? generated ?? summary ?? prompt ?? null;
}

/** Takes in a title, masked and cut; every one but the human's also counts as a summary. */
export function noteTitle(session: SessionProgress, rank: TitleRank, raw: string): void {
  const title = oneLine(maskSecrets(raw), TITLE_CHARS);
  if (title === "") return;
  session.titles[rank] = title;
  if (rank === "custom" || session.summaries.includes(title)) return;
  session.summaries.push(title);
  if (session.summaries.length > MAX_SUMMARIES) session.summaries.shift();
}

/** Takes in an address that the session led to, masked; of many, the first. */
export function noteLink(session: SessionProgress, url: string): void {
  const link = maskSecrets(url);
  if (link !== "" && !session.links.includes(link) && session.links.length < MAX_LINKS) session.links.push(link);
}

/** Takes in a message that is complete. */
export function noteMessage(session: SessionProgress, message: Message): void {
  session.messages += 1;
  session.gitBranch = message.gitBranch ?? session.gitBranch;
  if (message.time > 0) {
    if (session.startedAt === 0) session.startedAt = message.time;
    session.endedAt = Math.max(session.endedAt, message.time);
  }
  if (message.role === "user" && session.firstPrompt === "" && message.text !== "") {
    session.firstPrompt = message.text.slice(0, FIRST_PROMPT_CHARS);
    session.titles.prompt = oneLine(cleanProse(message.text).text, TITLE_CHARS);
  }
  for (const { file } of message.tools) {
    if (file !== null && session.files.length < MAX_FILES && !session.files.includes(file)) session.files.push(file);
  }
}

/**
 * The project that a working directory belongs to, by its own name. A worktree kept inside a project counts as that
 * project.
 */
export function projectOf(cwd: string): string {
  const home = cwd.replaceAll("\\", "/").replace(/\/(?:\.claude\/worktrees|\.worktrees|\.git\/worktrees)\/.*$/, "");
  return home.replace(/\/+$/, "").split("/").at(-1) ?? "";
}

const TITLE_CHARS = 120;
const FIRST_PROMPT_CHARS = 2000;
/** Bounds of what is stored with every session; the chunks themselves hold everything. */
const MAX_SUMMARIES = 20;
const MAX_LINKS = 20;
const MAX_FILES = 200;
