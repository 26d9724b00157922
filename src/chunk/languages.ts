import { choiceHint } from "../edit-distance.ts";
import { UserError } from "../errors.ts";

/** The language id of a file, by its name and, where that says nothing, its first line; `text` where none is known. */
export function languageOf(path: string, firstLine = ""): string {
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1).toLowerCase();
  const known = BY_NAME.get(name);
  if (known !== undefined) return known;
  // The longest extension decides: `a.d.ts` before `.ts`.
  for (let dot = name.indexOf("."); dot !== -1; dot = name.indexOf(".", dot + 1)) {
    const language = BY_EXTENSION.get(name.slice(dot + 1));
    if (language !== undefined) return language;
  }
  return languageOfShebang(firstLine) ?? "text";
}

/** Every language id, in order. */
export function languageIds(): string[] {
  return [...new Set([...BY_EXTENSION.values(), ...BY_NAME.values(), "text"])].toSorted();
}

/**
 * The id of the language that people call so: by its id, an extension of its files or its interpreter.
 * @throws UserError `request.unknown-language` naming what is near, and all.
 */
export function languageNamed(name: string): string {
  const word = name.trim().toLowerCase().replace(/^\./, "");
  const ids = languageIds();
  const known = ids.includes(word) ? word : (BY_EXTENSION.get(word) ?? BY_INTERPRETER.get(word) ?? ALSO.get(word));
  if (known !== undefined) return known;
  const message = `there is no language ${JSON.stringify(name.slice(0, 100))}`;
  throw new UserError("request.unknown-language", message, { hint: choiceHint(word, ids) });
}

function languageOfShebang(firstLine: string): string | undefined {
  const interpreter = /^#!\s*(?:\S*\/)?(?:env\s+(?:-\S+\s+|\w+=\S*\s+)*)?(?:\S*\/)?([A-Za-z+_-]+)/.exec(firstLine)?.[1];
  return interpreter === undefined ? undefined : BY_INTERPRETER.get(interpreter.toLowerCase());
}

function byKey(table: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(table).flatMap(([id, keys]) => keys.split(" ").map((key) => [key, id] as const)));
}

/** What no file is named by. */
const ALSO = byKey({
  bash: "shell shellscript",
  batch: "dos",
  csharp: "c#",
  fsharp: "f#",
  go: "golang",
  lisp: "scheme",
  objectivec: "objective-c objc",
  text: "plain plaintext",
  vb: "visualbasic",
  verilog: "systemverilog",
});

const BY_EXTENSION = byKey({
  // Parsed languages.
  bash: "sh bash zsh ksh bats command ebuild",
  c: "c h",
  clojure: "clj cljs cljc edn bb",
  cpp: "cpp cc cxx c++ hpp hh hxx h++ ipp inl tpp cu cuh ino",
  csharp: "cs csx cake",
  css: "css",
  dart: "dart",
  elixir: "ex exs",
  elm: "elm",
  gdscript: "gd",
  gleam: "gleam",
  go: "go",
  haskell: "hs lhs hsc",
  hcl: "tf tfvars hcl nomad",
  html: "html htm xhtml",
  java: "java",
  javascript: "js mjs cjs jsx es6",
  json: "json webmanifest geojson avsc ipynb har",
  jsonc: "jsonc json5 code-workspace",
  kotlin: "kt kts",
  latex: "tex sty cls ltx",
  lua: "lua rockspec",
  nix: "nix",
  perl: "pl pm t psgi",
  php: "php php3 php4 php5 phtml inc",
  powershell: "ps1 psm1 psd1",
  python: "py pyi pyw pyx pxd bzl",
  r: "r rprofile",
  ruby: "rb rake gemspec ru podspec jbuilder",
  rust: "rs",
  scala: "scala sc sbt",
  scss: "scss",
  swift: "swift",
  tsx: "tsx",
  typescript: "ts mts cts",
  xml: "xml xsd xsl xslt svg rss atom plist csproj fsproj vbproj props targets resx xaml wsdl pom kml storyboard xib",
  yaml: "yaml yml",
  zig: "zig zon",
  // Split by rules of their own.
  ini: "ini cfg conf editorconfig gitconfig desktop service timer socket inf",
  markdown: "md markdown mdx mdc mkd rmd qmd",
  properties: "properties",
  sql: "sql ddl dml pgsql plsql psql",
  svelte: "svelte",
  toml: "toml",
  vue: "vue",
  astro: "astro",
  // Known by name, split at paragraphs.
  ada: "adb ads",
  asciidoc: "adoc asciidoc",
  assembly: "asm s nasm",
  awk: "awk",
  batch: "bat cmd",
  cmake: "cmake",
  cobol: "cob cbl cpy",
  coffeescript: "coffee",
  crystal: "cr",
  csv: "csv tsv",
  d: "d di",
  diff: "diff patch",
  dockerfile: "dockerfile",
  erlang: "erl hrl",
  fish: "fish",
  fortran: "f f77 f90 f95 f03 f08 for",
  fsharp: "fs fsi fsx",
  glsl: "glsl vert frag geom comp wgsl hlsl metal",
  graphql: "graphql gql graphqls",
  groovy: "groovy gradle gvy",
  handlebars: "hbs handlebars mustache",
  jinja: "jinja jinja2 j2",
  julia: "jl",
  just: "just",
  less: "less",
  lisp: "lisp lsp cl el scm ss rkt",
  liquid: "liquid",
  log: "log",
  makefile: "mk mak make",
  matlab: "matlab",
  nim: "nim nims",
  objectivec: "m mm",
  ocaml: "ml mli",
  org: "org",
  pascal: "pas pp dpr lpr",
  prisma: "prisma",
  prolog: "pro",
  protobuf: "proto",
  pug: "pug jade",
  rst: "rst",
  sass: "sass",
  solidity: "sol",
  stylus: "styl",
  tcl: "tcl",
  templ: "templ",
  thrift: "thrift",
  twig: "twig",
  typst: "typ",
  v: "v vsh",
  vb: "vb vbs bas",
  verilog: "sv svh vh",
  vhdl: "vhd vhdl",
  vim: "vim",
  erb: "erb ejs",
});

const BY_NAME = byKey({
  bash: ".bashrc .bash_profile .bash_aliases .bash_logout .profile .zshrc .zshenv .zprofile .envrc pkgbuild apkbuild configure",
  bazel: "build build.bazel workspace workspace.bazel module.bazel",
  cmake: "cmakelists.txt",
  dockerfile: "dockerfile containerfile",
  editorconfig: ".editorconfig",
  gomod: "go.mod go.work",
  groovy: "jenkinsfile",
  ignore: ".gitignore .dockerignore .npmignore .prettierignore .eslintignore .codelabignore .gitattributes",
  ini: ".npmrc .gitconfig .gitmodules .flake8 .pylintrc .coveragerc setup.cfg tox.ini",
  javascript: "jakefile",
  jsonc: "tsconfig.json jsconfig.json .eslintrc .babelrc .swcrc .jshintrc settings.json launch.json tasks.json",
  json: "composer.lock pipfile.lock .prettierrc",
  just: "justfile .justfile",
  makefile: "makefile gnumakefile kbuild kconfig",
  perl: "makefile.pl cpanfile",
  python: "sconstruct sconscript wscript snakefile tiltfile .pythonrc",
  ruby: "rakefile gemfile guardfile podfile vagrantfile brewfile fastfile appfile capfile dangerfile thorfile berksfile",
  text: "license copying notice authors contributors readme changelog requirements.txt",
  toml: "cargo.lock poetry.lock uv.lock pipfile",
  vim: ".vimrc .gvimrc",
  yaml: ".clang-format .clang-tidy .yamllint .yarnrc pnpm-lock.yaml",
});

const BY_INTERPRETER = byKey({
  awk: "awk gawk mawk",
  bash: "sh bash zsh ksh dash ash",
  clojure: "clojure bb",
  elixir: "elixir",
  erlang: "escript",
  fish: "fish",
  groovy: "groovy",
  haskell: "runhaskell stack",
  javascript: "node nodejs bun",
  julia: "julia",
  kotlin: "kotlin",
  lua: "lua luajit",
  makefile: "make gmake",
  perl: "perl",
  php: "php",
  powershell: "pwsh powershell",
  python: "python pypy uv",
  r: "rscript",
  ruby: "ruby jruby",
  scala: "scala scala-cli",
  tcl: "tclsh wish expect",
  typescript: "deno tsx ts-node",
});
