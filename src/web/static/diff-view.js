import { h } from "./elements.js";

/** Rows shown at once; the rest is one click away. */
const FIRST_ROWS = 400;

/** A unified diff as a table with line numbers of both sides. */
export function diffView(text) {
  const rows = parseDiff(text);
  const body = h("tbody", {}, rows.slice(0, FIRST_ROWS).map(rowElement));
  const table = h("table", { class: "diff" }, h("caption", { class: "hidden" }, "Changes, line by line"), body);
  const view = h("div", { class: "code" }, table);
  return rows.length <= FIRST_ROWS ? view : h("div", {}, view, restButton(rows, body));
}

function restButton(rows, body) {
  const left = rows.length - FIRST_ROWS;
  const button = h(
    "button",
    { class: "rest", type: "button" },
    `${left.toLocaleString()} more lines are not shown: show all`,
  );
  button.addEventListener("click", () => {
    body.append(...rows.slice(FIRST_ROWS).map(rowElement));
    button.remove();
  });
  return button;
}

/** How many lines a hunk has is told by its head: what looks like the next file's head inside it is content. */
function parseDiff(text) {
  let before = 0;
  let after = 0;
  const left = { before: 0, after: 0 };
  return text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => {
      if (left.before === 0 && left.after === 0) {
        const hunk = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
        if (hunk === null) return { kind: line.startsWith("diff ") ? "meta file" : "meta", text: line };
        before = Number(hunk[1]);
        after = Number(hunk[3]);
        left.before = Number(hunk[2] ?? 1);
        left.after = Number(hunk[4] ?? 1);
        return { kind: "hunk", text: line };
      }
      if (line.startsWith("\\")) return { kind: "meta", text: line };
      if (line.startsWith("+")) {
        left.after--;
        return { kind: "added", after: after++, sign: "+", text: line.slice(1) };
      }
      left.before--;
      if (line.startsWith("-")) return { kind: "removed", before: before++, sign: "−", text: line.slice(1) };
      left.after--;
      return { kind: "kept", before: before++, after: after++, sign: " ", text: line.slice(1) };
    });
}

function rowElement({ kind, before, after, sign = "", text }) {
  if (kind === "hunk" || kind.startsWith("meta")) return h("tr", { class: kind }, h("td", { colspan: "4" }, text));
  return h(
    "tr",
    { class: kind },
    h("td", { class: "number" }, before === undefined ? "" : String(before)),
    h("td", { class: "number" }, after === undefined ? "" : String(after)),
    h("td", { class: "sign" }, sign),
    h("td", { class: "line" }, marked(text)),
  );
}

/** Text in which characters that were written out (`⟨U+202E⟩`) stand out. */
export function marked(text) {
  return text.split(/(⟨[^⟩\n]{1,12}⟩)/).map((part, index) => (index % 2 === 1 ? h("mark", {}, part) : part));
}
