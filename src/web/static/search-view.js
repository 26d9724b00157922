import { call } from "./api.js";
import { h, when } from "./elements.js";

const PLACES = [
  ["code", "Code"],
  ["conversations", "Conversations"],
];

/** What was asked last, so that another tab and back again shows it as it was. */
const last = { query: "", where: "code" };

/** Search of the project's code and of past conversations, by meaning and by words. */
export async function searchView({ notify }) {
  const results = h("div", { class: "results", "aria-live": "polite" });
  const query = h("input", {
    id: "query",
    type: "search",
    autocomplete: "off",
    placeholder: "where are failed requests retried",
    maxlength: "8000",
    value: last.query,
  });
  const choices = PLACES.map(([name, label]) =>
    h(
      "label",
      { class: "choice" },
      h("input", { type: "radio", name: "where", value: name, checked: last.where === name, onchange: () => ask() }),
      label,
    ),
  );
  const form = h(
    "form",
    { class: "search", role: "search", onsubmit: submit },
    h("label", { class: "hidden", for: "query" }, "Search for"),
    query,
    h("fieldset", { class: "choices" }, h("legend", { class: "hidden" }, "Search in"), choices),
    h("button", { class: "find", type: "submit" }, "Search"),
  );
  if (last.query !== "") await ask();
  return h(
    "section",
    { class: "wide" },
    h("h1", { tabindex: "-1" }, "Search"),
    h(
      "p",
      { class: "lead" },
      "What your agent finds when it asks: a question in plain words, a symbol, or a line of code.",
    ),
    form,
    results,
  );

  function submit(event) {
    event.preventDefault();
    void ask();
  }

  async function ask(cursor) {
    last.query = query.value.trim();
    last.where = form.querySelector("input[name=where]:checked")?.value ?? "code";
    if (last.query === "") return results.replaceChildren();
    const asked = new URLSearchParams({ q: last.query, in: last.where, ...(cursor && { cursor }) });
    results.setAttribute("aria-busy", "true");
    try {
      const answer = await call(`/api/search?${asked}`);
      notify("");
      const hits = answer.hits.map(last.where === "code" ? codeHit : conversationHit);
      if (cursor === undefined) results.replaceChildren(summary(answer));
      results.querySelector(".rest")?.remove();
      results.append(...hits);
      if (answer.nextCursor !== undefined)
        results.append(h("button", { type: "button", class: "rest", onclick: () => ask(answer.nextCursor) }, "More"));
    } catch (error) {
      notify(error.message, true);
    } finally {
      results.removeAttribute("aria-busy");
    }
  }
}

function summary({ hits, tookMs, index, notice }) {
  const found =
    hits.length === 0 ? "Nothing found: try fewer or other words." : `${Math.max(1, Math.round(tookMs))} ms`;
  const embedded = index.embeddedPercent < 100 ? `, ${index.embeddedPercent} % searchable by meaning` : "";
  return h("p", { class: "lead" }, `${found}${hits.length === 0 ? "" : embedded}`, notice && h("br", {}), notice);
}

function codeHit({ path, startLine, endLine, symbol, language, text, matched }) {
  return h(
    "article",
    { class: "hit" },
    h(
      "h3",
      {},
      h("code", {}, `${path}:${startLine}-${endLine}`),
      symbol && h("span", { class: "symbol" }, symbol),
      h("span", { class: "meta" }, `${language} · ${matched.map((how) => HOW[how]).join(" and ")}`),
    ),
    h("pre", {}, text),
  );
}

const HOW = { lexical: "by words", vector: "by meaning" };

function conversationHit({ title, project, timestamp, role, text, resume, transcript, firstLine }) {
  return h(
    "article",
    { class: "hit" },
    h(
      "h3",
      {},
      h("span", {}, title ?? project),
      h("span", { class: "meta" }, `${project} · ${role} · `, when(Date.parse(timestamp))),
    ),
    h("pre", {}, text),
    resume && h("p", { class: "meta" }, "Go on with it: ", h("code", {}, resume)),
    h("p", { class: "meta" }, h("code", {}, `${transcript}:${firstLine}`)),
  );
}
