/**
 * The root that a stem shares with others of its family: `serializer`, `serialization` and `serialize` -> `seri`,
 * `config` and `configuration` -> `config`. Roots are compared only where names are, and count less than the word itself:
 * `Router` is not `Route`, but nearer to it than anything else is. False families (`header`, `head`) are the price.
 */
export function rootOf(stem: string): string {
  let root = ABBREVIATIONS.get(stem) ?? stem;
  if (root.length < SHORTEST_DERIVED || !/^[a-z]+$/.test(root)) return root;
  // `colour` is `color`.
  if (root.endsWith("our") && root.length > SHORTEST_DERIVED) root = `${root.slice(0, -2)}r`;
  // Twice, for `-iz-ation` and the like.
  root = withoutSuffix(withoutSuffix(root));
  return /([bdfgmnprt])\1$/.test(root) ? root.slice(0, -1) : root;
}

function withoutSuffix(word: string): string {
  for (const [suffix, least] of SUFFIXES) {
    if (word.endsWith(suffix) && word.length - suffix.length >= least) return word.slice(0, -suffix.length);
  }
  return word;
}

const SHORTEST_DERIVED = 5;

/** Endings of derived words (after `stemOf`, hence without a final e), longest first, with the letters that must be left. */
const SUFFIXES: readonly (readonly [string, number])[] = [
  ...["ization", "isation", "uration", "ations"].map((suffix) => [suffix, 4] as const),
  ...["ation", "ition", "ators", "ments", "ances", "ences"].map((suffix) => [suffix, 4] as const),
  ...["ator", "izer", "ment", "ions", "ives", "able", "ible", "ally", "ness"].map((suffix) => [suffix, 4] as const),
  ...["ion", "ibl", "ity"].map((suffix) => [suffix, 4] as const),
  ...["ers", "ors", "ive", "abl", "anc", "enc", "ate", "ant", "ent", "ure"].map((suffix) => [suffix, 5] as const),
  ...["er", "or", "iz"].map((suffix) => [suffix, 4] as const),
  ...["al", "ly", "is", "at", "ry", "ur"].map((suffix) => [suffix, 5] as const),
  ["y", 5],
];

/** What programmers shorten, as a stem -> the stem of the long form. */
const ABBREVIATIONS: ReadonlyMap<string, string> = new Map(
  (
    "addr address|app application|arg argument|async asynchronous|attr attribut|auth authentication|buf buffer|" +
    "cfg configuration|cmd command|conf configuration|config configuration|conn connection|ctx context|db databas|" +
    "decl declaration|dep dependency|desc description|dir directory|doc documentation|elem element|env environment|" +
    "err error|evt event|exec execut|expr expression|fmt format|fn function|func function|idx index|impl implement|" +
    "info information|init initializ|iter iterator|lang languag|lib library|msg messag|obj object|opt option|" +
    "param parameter|perm permission|pkg packag|prev previou|prop property|ptr pointer|ref referenc|regex regexp|" +
    "repo repository|req request|resp respons|res respons|spec specification|src sourc|stat statistic|stmt statement|" +
    "str string|svc servic|sync synchroniz|util utility|val valu|ws websocket"
  )
    .split("|")
    .map((pair) => {
      const [short = "", long = ""] = pair.split(" ");
      return [short, long] as const;
    }),
);
