import { z } from "zod";
import { codeAnswer } from "./answer-schema.ts";
import { limitField, lineField, pathField } from "./fields.ts";
import { codeAnswerResult } from "./render-answer.ts";
import { defineTool } from "./tool.ts";

/** Search for code like the code at a place. */
export const findSimilar = defineTool({
  name: "find_similar",
  title: "Find similar code",
  access: "read",
  description:
    "Finds code elsewhere in the project that resembles the definition at a line of a file: duplicates, siblings to " +
    "change together, or an example to follow. Returns the same kind of hits as search_code.",
  input: z.object({
    path: pathField,
    line: lineField.describe("Any line of the definition, from 1."),
    limit: limitField.exactOptional(),
  }),
  output: codeAnswer,
  examples: [{ says: "What else looks like this function", arguments: { path: "src/http.ts", line: 42 } }],
  searchHint: "duplicate code, similar function, copy paste",
  run: async ({ path, line, limit }, { codeSearch }, { signal }) =>
    codeAnswerResult(await codeSearch.similar(path, line, limit, signal)),
});
