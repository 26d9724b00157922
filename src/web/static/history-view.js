import { call } from "./api.js";
import { h, statusBadge, when } from "./elements.js";

/** Every request of late, newest first. */
export async function historyView({ open }) {
  const { requests } = await call("/api/requests");
  const rows = requests.map((request) => [
    when(request.created),
    h("button", { class: "link", type: "button", onclick: () => open(request.id) }, request.title),
    h("code", {}, request.tool),
    statusBadge(request.status),
    [request.channel ?? "", request.reason === null ? "" : h("div", { class: "said" }, `“${request.reason}”`)],
  ]);
  return section(
    "History",
    "What was asked, and what became of it.",
    table(["Asked", "What", "Tool", "Outcome", "By"], rows),
  );
}

/** What approved calls changed, with the way back. */
export async function changesView({ notify, refresh }) {
  const { changes } = await call("/api/changes");
  const rows = changes.map((change) => [
    when(change.at),
    [h("code", {}, change.path), h("div", { class: "said" }, change.workspace)],
    change.beforeHash === null ? "created" : change.afterHash === null ? "deleted" : "replaced",
    h("code", {}, change.tool),
    h("span", { class: `badge ${change.state}` }, change.state),
    change.restorable && undoButton(change),
  ]);
  return section(
    "Changes",
    "What approved calls changed; each can be taken back.",
    table(["When", "File", "How", "Tool", "State", ""], rows),
  );

  function undoButton(change) {
    return h("button", { type: "button", class: "small", onclick: () => undo(change, false) }, "Undo");
  }

  async function undo(change, force) {
    try {
      await call(`/api/changes/${change.id}/undo`, { force });
      notify(`${change.path} is as it was before.`);
    } catch (error) {
      const overwrite = `${change.path} has changed since. Restore the older content and lose what is there now?`;
      if (error.code === "workspace.changed-since" && !force && confirm(overwrite)) return undo(change, true);
      notify(error.message, "error");
    }
    return refresh();
  }
}

/** The audit log, with the verdict on its chain. */
export async function auditView() {
  const titles = ["#", "When", "Event", "Tool", "Outcome", "Request", "Follows"];
  const [{ records }, verdict] = await Promise.all([call("/api/audit"), call("/api/audit/verdict")]);
  const rows = (page) =>
    page.map((record) => [
      String(record.seq),
      when(record.at),
      record.event,
      h("code", {}, record.tool),
      record.outcome,
      h("code", {}, record.request ?? ""),
      h("code", { class: "digest", title: record.prev }, record.prev.slice(0, 10)),
    ]);
  const shown = table(titles, rows(records));
  const more = h("button", { type: "button", class: "rest" }, "Older records");
  let oldest = records.at(-1)?.seq ?? 1;
  more.addEventListener("click", async () => {
    const page = (await call(`/api/audit?before=${oldest}`)).records;
    oldest = page.at(-1)?.seq ?? 1;
    shown.querySelector("tbody").append(...rows(page).map((cells) => tableRow(titles, cells)));
    more.hidden = oldest <= 1;
  });
  more.hidden = oldest <= 1;
  const state = verdict.ok
    ? h("p", { class: "verdict sound" }, `The chain is intact: ${verdict.entries.toLocaleString()} records verified.`)
    : h("p", { class: "verdict broken", role: "alert" }, `The log was tampered with: ${verdict.problem}.`);
  return section(
    "Audit",
    "Every call and decision; each record names the digest of the one before.",
    state,
    shown,
    more,
  );
}

function section(title, text, ...children) {
  return h(
    "section",
    { class: "wide" },
    h("h1", { tabindex: "-1" }, title),
    h("p", { class: "lead" }, text),
    ...children,
  );
}

function table(titles, rows) {
  if (rows.length === 0) return h("p", { class: "empty-table" }, "Nothing yet.");
  const head = h(
    "tr",
    {},
    titles.map((title) => (title === "" ? h("td", {}) : h("th", { scope: "col" }, title))),
  );
  return h(
    "div",
    // Reached by keyboard, so that a window narrower than the table can be scrolled sideways.
    { class: "scroll", tabindex: "0", role: "group", "aria-label": "Table" },
    h(
      "table",
      { class: "list" },
      h("thead", {}, head),
      h(
        "tbody",
        {},
        rows.map((cells) => tableRow(titles, cells)),
      ),
    ),
  );
}

/** Each cell knows its column's title, which a phone shows beside it in place of a head. */
function tableRow(titles, cells) {
  return h(
    "tr",
    {},
    cells.map((cell, column) => h("td", { "data-title": titles[column] }, ...[cell].flat())),
  );
}
