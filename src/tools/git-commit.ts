import { z } from "zod";
import { pathField } from "./fields.ts";
import { defineTool } from "./tool.ts";

/** Commits changes of the workspace. */
export const gitCommit = defineTool({
  name: "git_commit",
  title: "Commit to git",
  access: "write",
  destructive: false,
  description:
    "Commits the named paths, or what is staged when none are named, with the identity that the repository configures. " +
    "A human sees the difference and the message and approves first.",
  input: z.object({
    message: z.string().trim().min(1).max(10_000).describe("The commit message; its first line is the summary."),
    paths: z
      .array(pathField)
      .min(1)
      .max(1_000)
      .describe("Files or directories to commit; what is staged when left out.")
      .exactOptional(),
    runHooks: z
      .boolean()
      .describe("True to run the repository's commit hooks, which the human sees whole; else none runs.")
      .exactOptional(),
  }),
  examples: [
    { says: "Two files", arguments: { message: "Fix the retry delay", paths: ["src/a.ts", "test/a.test.ts"] } },
  ],
  searchHint: "git commit, save changes, version control",
  preview: async (request, { git }, { signal }) => {
    const plan = await git.plan(request, signal);
    const { message, author, branch, paths, diff, warnings } = plan;
    const hooks = plan.hooks.map(({ name, text, hash }) => ({ name, text, hash }));
    return {
      proposal: { kind: "commit", message, author, branch, paths, diff, warnings, ...(hooks.length > 0 && { hooks }) },
      plan: { plan, named: request.paths },
    };
  },
  run: async ({ plan, named }, { git }) => {
    const { commit, branch, files, message } = await git.commit(plan, named);
    const done = `Committed ${files} ${files === 1 ? "file" : "files"} on ${branch}: ${commit}`;
    return { text: message === null ? done : `${done}\nIts hooks made the message:\n${message.trimEnd()}` };
  },
});
