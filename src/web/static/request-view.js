import { call } from "./api.js";
import { diffView, marked } from "./diff-view.js";
import { breakable, h, span, statusBadge, when } from "./elements.js";

/** A question that slides under a moving pointer must not be answered by it. */
const SETTLE_MS = 700;

/** One request whole: what would happen, and, while it waits, the decision. `onDone` gets what was decided. */
export function requestView(request, { onDone, onError }) {
  const { preview } = request;
  const facts = preview.facts.map(({ label, value, isCode }) => [
    h("dt", {}, label),
    h("dd", {}, isCode ? h("code", {}, marked(value)) : marked(value)),
  ]);
  return h(
    "article",
    { class: "request", "aria-labelledby": "request-title" },
    h(
      "header",
      { class: "request-head" },
      h(
        "div",
        { class: "eyebrow" },
        h("code", {}, request.tool),
        " asked by ",
        request.client,
        " · request ",
        h("code", {}, request.id),
      ),
      h("h1", { id: "request-title", tabindex: "-1" }, marked(preview.title).map(breakable)),
      request.status === "pending" ? countdown(request) : outcome(request),
    ),
    h(
      "div",
      { class: "warnings" },
      preview.warnings.map((warning) => h("p", { class: "warning" }, marked(warning))),
    ),
    h("dl", { class: "facts" }, facts, h("dt", {}, "Workspace"), h("dd", {}, request.workspace)),
    bodyView(preview),
    request.status === "pending" && decisionForm(request, onDone, onError),
  );
}

function bodyView({ format, body }) {
  if (format === "diff" && body.startsWith("@@")) return diffView(body);
  if (format === "diff" && body.startsWith("diff ")) return diffView(body);
  const kind = format === "command" ? "code command" : "code text";
  return h(
    "div",
    { class: kind },
    h("pre", {}, format === "command" && h("span", { class: "prompt" }, "$ "), marked(body)),
  );
}

/** Time left, as text and as a bar; `showTimeLeft` keeps it current. */
function countdown(request) {
  const total = request.expires - request.created;
  const bar = h("progress", { max: total, "aria-label": "Time left to decide" });
  return h("div", { class: "countdown", "data-expires": String(request.expires) }, bar, h("span", { class: "left" }));
}

/** Brings every countdown below `root` to the present. */
export function showTimeLeft(root, now) {
  for (const element of root.querySelectorAll("[data-expires]")) {
    const left = Number(element.dataset.expires) - now;
    element.querySelector(".left").textContent = left > 0 ? `${span(left)} left` : "expired";
    element.classList.toggle("urgent", left < 30_000);
    const bar = element.querySelector("progress");
    if (bar !== null) bar.value = Math.max(0, left);
  }
}

function outcome(request) {
  const said = request.reason === null ? "" : `: ${request.reason}`;
  const by = request.channel === null ? "" : ` by ${request.channel}`;
  return h(
    "p",
    { class: "outcome" },
    statusBadge(request.status),
    `${by}${said} `,
    request.responded !== null && when(request.responded),
  );
}

function decisionForm(request, onDone, onError) {
  const comment = h("textarea", {
    id: "comment",
    rows: "1",
    maxlength: "2000",
    placeholder: "Optional: a word to the agent",
  });
  const buttons = [
    decisionButton("deny", "Deny", "deny"),
    decisionButton("approve_once", "Approve once", "approve"),
    request.scope && decisionButton("approve_session", "Approve for this session", "session", request.scope.label),
  ].filter(Boolean);
  for (const button of buttons) button.disabled = true;
  setTimeout(() => buttons.forEach((button) => (button.disabled = false)), SETTLE_MS);
  return h(
    "form",
    { class: "decision", "aria-label": "Decision", onsubmit: (event) => event.preventDefault() },
    h("label", { for: "comment", class: "hidden" }, "Comment"),
    comment,
    h("div", { class: "buttons" }, buttons),
  );

  function decisionButton(decision, label, kind, detail) {
    const decide = async () => {
      for (const button of buttons) button.disabled = true;
      try {
        const body = { decision, comment: comment.value, seen: request.preview.digest };
        const answer = await call(`/api/requests/${encodeURIComponent(request.id)}/decision`, body);
        onDone(answer.request);
      } catch (error) {
        onError(error);
      }
    };
    const text = h("span", { class: "label" }, label);
    return h("button", { type: "button", class: kind, onclick: decide }, text, detail && h("small", {}, detail));
  }
}
