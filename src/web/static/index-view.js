import { call } from "./api.js";
import { h, when } from "./elements.js";

/** What is indexed, how fresh it is, and what was left out. */
export async function indexView() {
  const report = await call("/api/index");
  const { code, conversations, memory, skipped } = report;
  return h(
    "section",
    { class: "wide" },
    h("h1", { tabindex: "-1" }, "Index"),
    h("p", { class: "lead" }, h("code", {}, report.workspace)),
    h("h2", {}, "Code"),
    facts([
      ["Files", code.files.toLocaleString()],
      ["Chunks", code.chunks.toLocaleString()],
      ["Searchable by meaning", meter(code.embeddedPercent)],
      ["Freshness", freshness(report)],
      ["Embedder", code.embedder],
      ["Store", `${code.store}, ${(report.bytes / 1e6).toFixed(1)} MB`],
      ["Updated", report.updatedAt === null ? "never" : when(report.updatedAt)],
    ]),
    h("h2", {}, "Conversations"),
    conversations === null
      ? h("p", { class: "empty-table" }, "None were imported yet.")
      : facts([
          ["Sessions", memory === null ? "" : memory.sessions.toLocaleString()],
          ["Messages", memory === null ? "" : memory.messages.toLocaleString()],
          ["Searchable by meaning", meter(conversations.embeddedPercent)],
          ["Logs gone, still searchable", memory === null ? "" : memory.gone.toLocaleString()],
        ]),
    skipped.length > 0 && h("h2", {}, "Left out"),
    skipped.length > 0 &&
      facts(
        skipped.map(({ reason, count, examples }) => [
          `${count.toLocaleString()} ${reason}`,
          h("span", {}, h("code", {}, examples.join(", ")), count > examples.length ? ", …" : ""),
        ]),
      ),
  );
}

function facts(rows) {
  return h(
    "dl",
    { class: "facts spaced" },
    rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
  );
}

function freshness({ code, behind }) {
  if (code.freshness !== "stale" || behind === null) return code.freshness;
  return `stale: ${behind.changed} new or changed, ${behind.removed} gone`;
}

function meter(percent) {
  return h("span", {}, h("meter", { min: "0", max: "100", value: String(percent) }, `${percent} %`), ` ${percent} %`);
}
