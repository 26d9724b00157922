import { ApiError, call, leave, pair } from "./api.js";
import { h } from "./elements.js";
import { auditView, changesView, historyView } from "./history-view.js";
import { indexView } from "./index-view.js";
import { requestView, showTimeLeft } from "./request-view.js";
import { searchView } from "./search-view.js";

const POLL_MS = 1_000;
const TABS = [
  ["pending", "Waiting"],
  ["history", "History"],
  ["changes", "Changes"],
  ["audit", "Audit"],
];
/** Offered where the site belongs to a workspace. */
const MEMORY_TABS = [
  ["search", "Search"],
  ["index", "Index"],
];

const main = document.getElementById("main");
const notice = document.getElementById("notice");
const tabs = document.getElementById("tabs");
const leaveButton = document.getElementById("leave");

let paired = true;
let offered = null;
let pending = [];
let drawn = "";
let shownId = null;
let skewMs = 0;
const clock = () => Date.now() + skewMs;

/** `#request-id`, a tab's name, or nothing for what waits. */
const place = () => decodeURIComponent(location.hash.slice(1));
const tab = () => (offered?.some(([name]) => name === place()) ? place() : "pending");

leaveButton.addEventListener("click", () =>
  guarded(async () => {
    await leave();
    askForCode();
  }),
);
addEventListener("hashchange", () => {
  notify("");
  guarded(show);
});
addEventListener("visibilitychange", () => !document.hidden && guarded(poll));
guarded(show);
setInterval(() => paired && !document.hidden && guarded(poll), POLL_MS);

/** Starts work whose failures are told on the page. */
function guarded(work) {
  void attempt(work);
}

async function attempt(work) {
  try {
    await work();
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) askForCode();
    else
      notify(error instanceof ApiError ? error.message : "codelab-mcp does not answer. Is it still running?", "error");
  }
}

/** Says what happened; `tone` is empty for what went well, `plain` for what is neither good nor bad, or `error`. */
function notify(text, tone = "") {
  notice.textContent = text;
  notice.className = `notice ${tone}`;
  notice.hidden = text === "";
}

async function show() {
  drawn = "";
  shownId = null;
  await poll();
  if (!paired) return;
  const views = { history: historyView, changes: changesView, audit: auditView, search: searchView, index: indexView };
  const view = views[tab()];
  if (view === undefined) return;
  const context = { notify, refresh: () => guarded(show), open: (id) => (location.hash = id) };
  main.replaceChildren(await view(context));
  main.querySelector("h1")?.focus();
}

async function poll() {
  const answer = await call("/api/requests?status=pending");
  if (!paired) notify("");
  paired = true;
  offered ??= [...TABS, ...((await call("/api/site")).hasMemory ? MEMORY_TABS : [])];
  leaveButton.hidden = false;
  skewMs = answer.now - Date.now();
  pending = answer.requests.toReversed();
  document.title = `${pending.length > 0 ? `(${pending.length}) ` : ""}Approvals · codelab-mcp`;
  drawTabs();
  if (tab() === "pending") await drawPending();
}

function drawTabs() {
  const links = offered.map(([name, label]) => {
    const count = name === "pending" && pending.length > 0 && h("span", { class: "count" }, String(pending.length));
    return h("a", { href: `#${name}`, "aria-current": tab() === name ? "page" : null }, label, count);
  });
  tabs.replaceChildren(...links);
}

async function drawPending() {
  const wanted = place() !== "pending" && place() !== "" ? place() : (pending[0]?.id ?? null);
  const isStale = drawn !== JSON.stringify([pending.map(({ id }) => id), wanted]);
  if (!isStale) return showTimeLeft(main, clock());
  drawn = JSON.stringify([pending.map(({ id }) => id), wanted]);
  const list = h(
    "ul",
    { class: "queue", "aria-label": "Waiting requests" },
    pending.map((request) => queueItem(request, wanted)),
  );
  if (wanted === null) {
    shownId = null;
    return main.replaceChildren(nothingWaits());
  }
  const isOpen = shownId === wanted && pending.some(({ id }) => id === wanted);
  const detail = isOpen ? main.querySelector(".request") : await openRequest(wanted);
  const side = pending.length > 0 ? list : nothingElse();
  main.replaceChildren(h("div", { class: "panes" }, h("aside", {}, h("h2", {}, "Waiting"), side), detail));
  if (!isOpen) main.querySelector("h1")?.focus({ preventScroll: true });
  shownId = wanted;
  return showTimeLeft(main, clock());
}

async function openRequest(id) {
  const { request } = await call(`/api/requests/${encodeURIComponent(id)}`);
  return requestView(request, {
    onDone: (decided) => {
      if (decided.status === "approved") notify(`Approved: ${decided.title}`);
      else notify(`Denied: ${decided.title}`, "plain");
      if (place() === id) history.replaceState(null, "", "#pending");
      guarded(show);
    },
    onError: (error) => {
      drawn = "";
      shownId = null;
      guarded(async () => {
        await poll();
        throw error;
      });
    },
  });
}

function queueItem(request, wanted) {
  return h(
    "li",
    {},
    h(
      "a",
      {
        href: `#${request.id}`,
        "aria-current": request.id === wanted ? "true" : null,
        "data-expires": String(request.expires),
      },
      h("span", { class: "title" }, request.title),
      h("span", { class: "meta" }, h("code", {}, request.tool), h("span", { class: "left" }, "")),
    ),
  );
}

function nothingWaits() {
  return h(
    "section",
    { class: "calm" },
    h("div", { class: "tick", "aria-hidden": "true" }, "✓"),
    h("h1", { tabindex: "-1" }, "Nothing waits for you"),
    h(
      "p",
      {},
      "When an agent wants to write, delete, commit or run something, it appears here. Nothing happens before you say so.",
    ),
  );
}

function nothingElse() {
  return h("p", { class: "empty-table" }, "Nothing else waits for you.");
}

function askForCode() {
  if (!paired && main.querySelector(".pair")) return;
  paired = false;
  leaveButton.hidden = true;
  tabs.replaceChildren();
  const code = h("input", {
    id: "code",
    inputmode: "numeric",
    autocomplete: "off",
    placeholder: "0000-0000",
    maxlength: "12",
    required: true,
  });
  const submit = (event) => {
    event.preventDefault();
    guarded(async () => {
      await pair(code.value);
      notify("");
      await show();
    });
  };
  main.replaceChildren(
    h(
      "form",
      { class: "pair calm", onsubmit: submit },
      h("h1", {}, "Pair this browser"),
      h("p", {}, "Only you may decide here. Run this in a terminal and type the code that it shows:"),
      h("pre", { class: "code" }, "codelab-mcp approvals pair"),
      h("label", { for: "code" }, "Code"),
      code,
      h("button", { class: "approve", type: "submit" }, "Pair"),
    ),
  );
  code.focus();
}
