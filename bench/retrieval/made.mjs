// Questions that an index answers about itself, for the parts of the ranking that the questions of people seldom touch:
// names that one source file defines, whole and typed halfway, paths of source files, and files whose name several bear,
// asked for with their folder; each in several forms.
import { roleOf, speakingStem } from "../../dist/search/path-role.js";
import { partsOf } from "../../dist/terms.js";

/** How many names, and how many paths, of each project. */
const EACH = 15;

/** A name typed to three quarters. */
const half = (name) => name.slice(0, Math.ceil(0.75 * name.length));
const HALF_FORMS = [half, (name) => half(name).toLowerCase()];
const NAME_FORMS = [(name) => name, (name) => `where is ${name} defined`, (name) => `the ${partsOf(name).join(" ")}`];
const PATH_FORMS = [
  (path) => path,
  (path) => `what does ${path.split("/").slice(-2).join("/")} do`,
  (path) => `errors in ${path.split("/").at(-1)}`,
];

const FOLDER_FORMS = [
  ([folder, stem]) => `${folder} ${stem}`,
  ([folder, stem]) => `how does the ${stem} of ${folder} work`,
];

/** Questions about a project's names and paths, the same ones for the same index. */
export async function madeQuestions(store, repo) {
  const sources = Array.from((await store.sources()).values())
    .filter(({ path, skipped }) => skipped === null && path.includes("/") && roleOf(path) === "source")
    .map(({ path }) => path)
    .toSorted((a, b) => (a < b ? -1 : 1));
  const definedIn = new Map();
  for (const path of sources) {
    for (const { defines } of await store.chunksOf(path)) {
      for (const name of defines) definedIn.set(name, (definedIn.get(name) ?? new Set()).add(path));
    }
  }
  const names = Array.from(definedIn, ([name, paths]) => [name, ...paths]).filter(
    (entry) => entry.length === 2 && partsOf(entry[0]).length > 1,
  );
  const ask = (category, forms, text, path) =>
    forms.map((form, index) => ({
      id: `${repo}/${category}/${text}/${index}`,
      set: category,
      repo,
      lang: "all",
      category,
      query: form(text),
      relevant: [{ path }],
    }));
  return [
    ...spread(names).flatMap(([name, path]) => ask("name", NAME_FORMS, name, path)),
    ...spread(names).flatMap(([name, path]) => ask("half", HALF_FORMS, name, path)),
    ...spread(sources).flatMap((path) => ask("path", PATH_FORMS, path, path)),
    ...spread(homonyms(sources)).flatMap(([words, path]) => ask("folder", FOLDER_FORMS, words, path)),
  ];
}

/** Files whose name others bear too, as [[words of the folder, words of the name], path], where both tell the file. */
function homonyms(paths) {
  const told = paths.flatMap((path) => {
    const stem = speakingStem(path);
    const folders = path.split("/").slice(0, -1);
    const folder = folders.at(-1) === stem ? folders.at(-2) : folders.at(-1);
    return folder === undefined || ["src", "lib"].includes(folder) ? [] : [{ path, stem, folder }];
  });
  const alike = (one) => told.filter(({ stem }) => stem === one.stem);
  return told
    .filter((one) => alike(one).length > 1 && alike(one).filter(({ folder }) => folder === one.folder).length === 1)
    .map(({ path, stem, folder }) => [[folder, stem].map((name) => partsOf(name).join(" ")), path]);
}

/** `EACH` of a list, evenly spread over it. */
function spread(list) {
  const step = Math.max(1, list.length / EACH);
  return Array.from({ length: Math.min(EACH, list.length) }, (_, index) => list[Math.floor(index * step)]);
}
