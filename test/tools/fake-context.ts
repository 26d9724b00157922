import { UserError } from "../../src/errors.ts";
import type { CodeHit, CodeQuery, IndexState, SearchAnswer } from "../../src/search/answer.ts";
import type { Call } from "../../src/tools/call.ts";
import type {
  FileReader,
  IndexReport,
  ListRequest,
  MatchRequest,
  ReadRequest,
  SimilarQuery,
} from "../../src/tools/context.ts";
import type { ToolContext } from "../../src/tools/context.ts";
import type { Tool } from "../../src/tools/tool.ts";

export const INDEX: IndexState = {
  files: 3,
  chunks: 7,
  embeddedPercent: 100,
  freshness: "fresh",
  embedder: "test embedder",
  store: "sqlite",
};

export const HIT: CodeHit = {
  path: "src/a.ts",
  startLine: 3,
  endLine: 5,
  language: "typescript",
  symbol: "open",
  kind: "function",
  score: 0.9,
  text: "export function open() {\n  return 1;\n}",
  matched: ["lexical", "vector"],
};

export function answerTo(query: string, hits: readonly CodeHit[] = [HIT]): SearchAnswer<CodeHit> {
  return { query, tookMs: 2, index: INDEX, hits };
}

export const REPORT: IndexReport = {
  workspace: "/home/me/project",
  code: INDEX,
  conversations: null,
  updatedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
  bytes: 4_096,
  skipped: [{ reason: "binary", count: 2, examples: ["logo.png", "a.zip"] }],
};

/** A context over files in memory that remembers what it was asked. */
export interface FakeContext extends ToolContext {
  readonly asked: {
    code: CodeQuery[];
    similar: SimilarQuery[];
    read: ReadRequest[];
    list: ListRequest[];
    match: MatchRequest[];
  };
}

export function fakeContext(
  files: Readonly<Record<string, string>> = {},
  over: Partial<ToolContext> = {},
): FakeContext {
  const asked: FakeContext["asked"] = { code: [], similar: [], read: [], list: [], match: [] };
  const reader: FileReader = {
    read: async (request) => {
      asked.read.push(request);
      const content = files[request.path];
      if (content === undefined)
        throw new UserError("workspace.not-found", `There is no file ${request.path}.`, {
          hint: "List the directory.",
        });
      const lines = content === "" ? [] : content.replace(/\n$/, "").split("\n");
      const shown = lines.slice(request.startLine - 1, request.endLine);
      return {
        path: request.path,
        text: shown.join("\n"),
        startLine: request.startLine,
        endLine: request.startLine + shown.length - 1,
        totalLines: lines.length,
        hash: "cafe",
        cut: false,
      };
    },
    list: async (request) => {
      asked.list.push(request);
      return {
        path: request.path,
        entries: Object.entries(files).map(([path, content]) => ({ path, kind: "file", size: content.length })),
      };
    },
    search: async (request) => {
      asked.match.push(request);
      const lines = Object.entries(files).flatMap(([path, content]) =>
        content.split("\n").map((text, index) => ({ path, line: index + 1, text, isMatch: true })),
      );
      return { lines: lines.filter(({ text }) => text.includes(request.pattern)) };
    },
  };
  return {
    asked,
    files: reader,
    codeSearch: {
      search: async (query) => {
        asked.code.push(query);
        return answerTo(query.query);
      },
      similar: async (place) => {
        asked.similar.push(place);
        return answerTo(`${place.path}:${place.line}`);
      },
    },
    index: { status: async () => REPORT },
    ...over,
  };
}

export function callBy(principal = "local", signal: AbortSignal = new AbortController().signal): Call {
  return { caller: { principal, session: "s1", client: "test 1" }, signal, progress: () => {} };
}

/** Runs a tool's whole definition, validation included; the text of its result joined. */
export async function runText(tool: Tool, args: unknown, context: ToolContext): Promise<string> {
  const prepared = tool.prepare(args);
  if (!prepared.ok) throw new Error(`bad arguments: ${JSON.stringify(prepared)}`);
  const { text } = await (await prepared.call.stage(context, callBy())).run();
  return typeof text === "string" ? text : text.join("\n");
}
