import path from "node:path";
import { visibleLine } from "../visible.ts";
import { defineCommand } from "./command.ts";
import { createProgressBar } from "./progress.ts";

export const evalCommand = defineCommand({
  name: "eval",
  summary: "Measure how well search answers your own questions",
  details:
    "QUESTIONS holds one JSON object per line: {id, query, relevant: [{path}]}, and where known set, category and lang, by\n" +
    "which the results are grouped. Prints NDCG@10, MRR@10, recall, what is found within a budget of tokens, and latency.",
  positionals: [{ name: "QUESTIONS", description: "File of questions with known answers.", required: true }],
  options: {
    ablate: { type: "boolean", description: "Measure what each part of the ranking contributes." },
    model: { type: "string", value: "NAME", setting: "embeddingModel", description: "Embedding model." },
    provider: { type: "string", value: "NAME", setting: "embeddingProvider", description: "Who computes embeddings." },
  },
  examples: [
    { line: "eval questions.jsonl", does: "measure search over the project you are in" },
    { line: "eval questions.jsonl --ablate --json", does: "see what each part of the ranking gives" },
  ],
  run: async ({ positionals: [file = ""], options, config, printer, json, signal }) => {
    const { openApp } = await import("../app.ts");
    const { evaluate, formatEvaluation } = await import("../app/eval.ts");
    await using app = await openApp(await config());
    const bar = createProgressBar(printer);
    const ablate = options["ablate"] === true;
    const onAsked = (done: number) => bar.update("Asking", done, 0);
    const evaluation = await evaluate(app, { file: path.resolve(file), ablate, signal, onAsked }).finally(() =>
      bar.clear(),
    );
    const { missing } = evaluation;
    if (missing.length > 0) {
      const some = `${missing.slice(0, 3).map(visibleLine).join(", ")}${missing.length > 3 ? ", …" : ""}`;
      const what = missing.length === 1 ? "1 path of an answer is" : `${missing.length} paths of answers are`;
      printer.err(`note: ${what} not in the index, and cannot be found: ${some}\n`);
    }
    return json ? printer.json(evaluation) : printer.out(formatEvaluation(evaluation));
  },
});
