import { deleteFile } from "./delete-file.ts";
import { executeCommand } from "./execute-command.ts";
import { findSimilar } from "./find-similar.ts";
import { gitCommit } from "./git-commit.ts";
import { indexStatus } from "./index-status.ts";
import { listFiles } from "./list-files.ts";
import { readConversation } from "./read-conversation.ts";
import { readFile } from "./read-file.ts";
import { runAgent } from "./run-agent.ts";
import { searchCode } from "./search-code.ts";
import { searchConversations } from "./search-conversations.ts";
import { searchFiles } from "./search-files.ts";
import type { Tool } from "./tool.ts";
import { writeFile } from "./write-file.ts";

/** Every tool, in the order in which clients list them. */
export const TOOLS: readonly Tool[] = [
  searchCode,
  findSimilar,
  searchConversations,
  readConversation,
  indexStatus,
  readFile,
  listFiles,
  searchFiles,
  writeFile,
  deleteFile,
  gitCommit,
  executeCommand,
  runAgent,
];
