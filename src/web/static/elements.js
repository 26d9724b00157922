/** An element with properties and children; text is always text, never markup. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.className = value;
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(
    ...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return element;
}

/** Text that a narrow window breaks between the names of a path, rather than within one; elements stay as they are. */
export function breakable(part) {
  return typeof part === "string" ? part.split(/(?<=\/)/).flatMap((name) => [name, h("wbr")]) : part;
}

/** Milliseconds since the epoch as local date and time. */
export function when(ms) {
  const options = { dateStyle: "medium", timeStyle: "medium" };
  return h("time", { datetime: new Date(ms).toISOString() }, new Intl.DateTimeFormat(undefined, options).format(ms));
}

/** A span of milliseconds as minutes and seconds. */
export function span(ms) {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

const STATUS_WORDS = {
  pending: "waiting",
  approved: "approved",
  consumed: "approved, done",
  rejected: "denied",
  timeout: "expired",
  cancelled: "cancelled",
};

/** A request's status as a coloured word. */
export function statusBadge(status) {
  return h("span", { class: `badge ${status}` }, STATUS_WORDS[status] ?? status);
}
