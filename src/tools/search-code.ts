import { z } from "zod";
import { codeAnswer } from "./answer-schema.ts";
import { cursorField, globField, limitField, maxTokensField, queryField } from "./fields.ts";
import { hitTokens, SEARCH_TOKENS } from "./limits.ts";
import { codeAnswerResult } from "./render-answer.ts";
import { defineTool } from "./tool.ts";

/** Search of the project's code by meaning and by words. */
export const searchCode = defineTool({
  name: "search_code",
  title: "Search code",
  access: "read",
  description:
    "Finds code in the project by meaning and by words together. Ask in plain words (`where are retries configured`), " +
    "by symbol (`parseConfig`) or with a line of code. Returns whole definitions with path, lines, symbol and score, " +
    "the best first, checked against the files as they are now. Prefer it to listing and reading files one by one; " +
    "use search_files for an exact text or regular expression.",
  input: z.object({
    query: queryField,
    limit: limitField.exactOptional(),
    path: globField.exactOptional(),
    language: z
      .string()
      .min(1)
      .max(64)
      .describe("Only this language, such as `typescript` or `python`; its usual extension will do.")
      .exactOptional(),
    cursor: cursorField.exactOptional(),
    maxTokens: maxTokensField(`${SEARCH_TOKENS.default}`).exactOptional(),
    compact: z.boolean().describe("True for places only, without their code.").exactOptional(),
  }),
  output: codeAnswer,
  examples: [
    { says: "By meaning", arguments: { query: "where is the retry delay computed" } },
    { says: "A symbol, in one folder", arguments: { query: "openStore", path: "src/store/**", limit: 5 } },
  ],
  cli: "codelab-mcp search QUERY",
  alwaysLoad: true,
  searchHint: "semantic code search, find definition, where is, how does",
  run: async (input, { codeSearch }, { signal }) => {
    const maxTokens = hitTokens(input.maxTokens ?? SEARCH_TOKENS.default);
    return codeAnswerResult(await codeSearch.search({ ...input, maxTokens }, signal));
  },
});
