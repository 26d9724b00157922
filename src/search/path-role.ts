/** What part a file may play in its project, as far as its path tells. */
export const ROLES = ["source", "test", "docs", "example", "vendored", "generated", "data", "declaration"] as const;

export type PathRole = (typeof ROLES)[number];

/** The role of a file by the conventions of its path; the first that fits, the least wanted first. */
export function roleOf(path: string): PathRole {
  const parts = path.toLowerCase().split("/");
  const name = parts.at(-1) ?? "";
  const folders = parts.slice(0, -1);
  const first = folders[0] ?? "";
  if (folders.some((folder) => VENDORED.has(folder)) || VENDORED_AT_ROOT.has(first) || /\.min\.(?:js|css)$/.test(name))
    return "vendored";
  if (GENERATED.test(name) || folders.some((folder) => GENERATED_FOLDERS.has(folder))) return "generated";
  // In Perl `Test/` holds what tests are written with; the tests are in `t/`.
  const isTested = first === "t" || (!name.endsWith(".pm") && folders.some((folder) => TEST_FOLDER.test(folder)));
  if (isTested || isTestName(path.split("/").at(-1) ?? "")) return "test";
  if (folders.some((folder) => EXAMPLE_FOLDER.test(folder)) || EXAMPLE_AT_ROOT.test(first)) return "example";
  if (PROSE.test(name) || MANUAL.test(name) || folders.some((folder) => DOCS_FOLDER.test(folder))) return "docs";
  if (DATA.test(name)) return "data";
  if (/\.d\.[cm]?ts$/.test(name)) return "declaration";
  return "source";
}

/** The role of a chunk: its file's, unless it is one of the tests that Rust keeps beside what they test. */
export function roleOfChunk(
  { path, symbol }: { readonly path: string; readonly symbol: string | null },
  role: PathRole = roleOf(path),
): PathRole {
  return role === "source" && path.endsWith(".rs") && symbol !== null && INNER_TESTS.test(symbol) ? "test" : role;
}

/** The name that tells what a file is about: its stem, or its folder's where the stem is `index`, `mod` or the like. */
export function speakingStem(path: string): string {
  const parts = path.split("/");
  const stem = (parts.at(-1) ?? "").replace(/(?<=.)\..*$/, "");
  return SILENT_STEMS.has(stem) ? (parts.at(-2) ?? stem) : stem;
}

const INNER_TESTS = /^(?:.*[.:])?(?:tests?|bench(?:es|marks)?)(?:[.:]|$)/;
const SILENT_STEMS: ReadonlySet<string> = new Set([
  "index",
  "mod",
  "__init__",
  "__main__",
  "main",
  "lib",
  "package-info",
]);

function isTestName(name: string): boolean {
  return TEST_NAME.test(name) || TEST_CLASS.test(name);
}

const VENDORED: ReadonlySet<string> = new Set([
  "vendor",
  "vendored",
  "third_party",
  "third-party",
  "thirdparty",
  "3rdparty",
  "node_modules",
  "bower_components",
  "compat",
  "_compat",
  "legacy",
]);
/** Inside of a project the same names are those of its own parts: what it does for others, or what depends on what. */
const VENDORED_AT_ROOT: ReadonlySet<string> = new Set(["external", "externals", "deps"]);
const GENERATED_FOLDERS: ReadonlySet<string> = new Set([
  "generated",
  "__generated__",
  "gen",
  "dist",
  "build-output",
  "__snapshots__",
]);
const GENERATED = /(?:[._-](?:pb|generated)\.[a-z]+|[._](?:gen|g)\.[a-z]+|_pb2(?:_grpc)?\.py|\.designer\.cs|\.snap)$/;
const TEST_FOLDER =
  /^(?:tests?|__tests?__|__mocks__|specs?|e2e|fixtures?|testdata|test[-_].*|.*[-_]tests?|benchmarks?|bench|benches|fuzz(?:ing)?|mocks)$/;
const TEST_NAME =
  /(?:\.t|[._-](?:test|tests|spec|specs|e2e|bench|test-d|fixture)s?\.[a-z.]+|^tests?_[^.]*\.[a-z]+|^conftest\.py|^test\.[a-z]+)$/i;
/** Java, C#, Kotlin, Swift: `GsonTest.java`, `GsonTests.cs`; a lower-case letter before, so that `latest.ts` is no test. */
const TEST_CLASS = /(?:[a-z\d]Tests?|[a-z\d]Spec|[a-z\d]IT)\.[a-z]+$/;
const EXAMPLE_FOLDER = /^(?:examples?|samples?|demos?|tutorials?|playgrounds?)$/;
/** As above: `templates` of a framework, the `sandbox` of a runtime. */
const EXAMPLE_AT_ROOT = /^(?:templates?|extras?|www|website)$/;
const DOCS_FOLDER = /^(?:docs?|documentation|\.github|\.changeset)$/;
const PROSE =
  /\.(?:md|mdx|rst|txt|adoc|html?|pod|texi|texinfo|rdoc|org)$|^(?:readme|licen[cs]e|copying|notice|authors|contributors|changes|changelog|news)(?:-[\w.-]+)?$/;
/** A page of the manual by its section: `tar.1`, `printf.3p`. */
const MANUAL = /^(?!v\d+\.)[a-z][\w.@:+-]*\.[1-8](?:p|pm|x|ssl|perl|posix)?$/;
const DATA =
  /\.(?:json[c5l]?|ya?ml|toml|xml|csv|tsv|ini|cfg|conf|properties|svg|lock|env)$|^\.[a-z]+(?:rc|ignore|attributes)$/;
