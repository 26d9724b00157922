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

const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\s*\..*)?$/i;
