/**
 * What makes a path mean something else on Windows than it seems to, in words; null when nothing does. Such names are
 * refused there: device names, drive and server prefixes, alternate streams, and the dots and spaces that it drops.
 */
export function windowsHazard(given: string): string | null {
  if (/^[\\/]{2}/.test(given)) return "names a server or a device";
  const rest = given.replace(/^[A-Za-z]:(?=[\\/])/, "");
  if (/^[A-Za-z]:/.test(rest)) return "is relative to a drive's own directory";
  for (const part of rest.split(/[\\/]/)) {
    if (part === "" || part === "." || part === "..") continue;
    if (part.includes(":")) return "names an alternate stream";
    if (/[<>"|?*]/.test(part) || /\p{Cc}/u.test(part)) return "has characters that Windows does not allow";
    if (/[. ]$/.test(part)) return "ends in a dot or a space, which Windows drops";
    if (DEVICE.test(part)) return "is the name of a device";
  }
  return null;
}

/**
 * What follows the directory `base` in an absolute path that lies in it, as a path of its own; null where it does not lie
 * there. As Windows does, both slashes count as one, and letters as their capitals: editors give drives in small ones.
 */
export function belowOnWindows(base: string, given: string): string | null {
  const plain = (path: string) => path.replaceAll("/", "\\").toUpperCase();
  const start = base.replace(/[\\/]+$/, "");
  const rest = given.slice(start.length);
  return plain(given.slice(0, start.length)) === plain(start) && /^(?:[\\/]|$)/.test(rest) ? rest : null;
}

const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\s*\..*)?$/i;
