import { readdirSync, statSync } from "node:fs";

/** A bare sweep of stats over all files below a folder, the floor of any check of them; returns how many there are. */
export function statAll(folder) {
  let files = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const place = `${folder}/${entry.name}`;
    if (entry.isDirectory()) files += statAll(place);
    else if (statSync(place).size >= 0) files += 1;
  }
  return files;
}
