import { createFileChanger } from "./changes.ts";
import { createCommandRunner } from "./commands.ts";
import type { App } from "../app.ts";
import type { Approvals } from "../approval/open.ts";
import type { CodeHit, SearchAnswer } from "../search/answer.ts";
import type { AgentRunner } from "../tools/agent-port.ts";
import type { ToolContext } from "../tools/context.ts";
import { workspaceFiles } from "../workspace/change-file.ts";
import { applyCommit, planCommit } from "../workspace/git-commit.ts";
import { isShown, listFiles } from "../workspace/list-files.ts";
import { readFile } from "../workspace/read-file.ts";
import { searchFiles } from "../workspace/search-files.ts";

/** The ports of the tools, over an open app; with them end the commands that run in the background. */
export function createToolContext(app: App, approvals: Approvals, agents: AgentRunner): ToolContext & AsyncDisposable {
  const { workspace, search, embedding, config } = app;
  const commands = createCommandRunner(workspace, config.home);
  const journal = approvals.journalOf(workspace.root, workspaceFiles(workspace));
  // An index may know what agents may not read.
  const shown = (answer: SearchAnswer<CodeHit>) => ({
    ...answer,
    hits: answer.hits.filter((hit) => isShown(workspace, hit.path)),
  });
  return {
    files: {
      read: (request) => readFile(workspace, request),
      list: async (request, signal) => await listFiles(workspace, request, signal),
      search: async (request, signal) => await searchFiles(workspace, request, signal),
    },
    codeSearch: {
      search: async (query, signal) => {
        await embedding.find();
        return shown(await search.search(query, signal));
      },
      similar: async (path, line, limit, signal) => {
        await embedding.find();
        return shown(await search.similar(path, line, limit, signal));
      },
    },
    conversations: {
      search: async (query, signal) => await (await app.conversations()).search.search(query, signal),
      read: async (request) => await (await app.conversations()).read(request),
    },
    changes: createFileChanger(workspace, journal),
    commands,
    git: {
      plan: async (request, signal) => await planCommit(workspace, request, signal),
      commit: async (plan, paths) => await applyCommit(workspace, plan, paths),
    },
    index: { status: async () => await app.status() },
    agents,
    [Symbol.asyncDispose]: () => commands[Symbol.asyncDispose](),
  };
}
