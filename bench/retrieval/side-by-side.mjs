// NDCG@10 of several engines that were asked the same questions: one line per set, kind of question and language.
import { meanOf } from "../../dist/search/eval/bootstrap.js";

/** `engines` are [name, asked] pairs whose rows are in the same order. Gives the lines of a Markdown table. */
export function sideBySide(engines) {
  const groups = new Map([["all", () => true]]);
  for (const { question } of engines[0][1]) {
    groups.set(`set ${question.set}`, (other) => other.set === question.set);
    if (question.category !== question.set)
      groups.set(`kind ${question.category}`, (other) => other.category === question.category);
    groups.set(`language ${question.lang}`, (other) => other.lang === question.lang);
  }
  const ordered = [...groups].toSorted(([a], [b]) => orderOf(a) - orderOf(b) || (a < b ? -1 : 1));
  const rows = ordered.map(([group, holds]) => {
    const own = engines.map(([, asked]) => asked.filter(({ question }) => holds(question)));
    return [group, own[0].length, ...own.map((asked) => meanOf(asked.map(({ ndcg10 }) => ndcg10)).toFixed(3))];
  });
  const names = engines.map(([name]) => name);
  return [["", "questions", ...names], ["---", ...["", ...names].map(() => "---:")], ...rows].map(
    (cells) => `| ${cells.join(" | ")} |`,
  );
}

function orderOf(group) {
  return ["all", "set", "kind", "language"].indexOf(group.split(" ")[0]);
}
