import type { Grammar } from "./grammar.ts";
import { c, cpp } from "./grammars/c-family.ts";
import { csharp } from "./grammars/dotnet.ts";
import { javascript, tsx, typescript } from "./grammars/ecmascript.ts";
import { clojure, elixir, elm, gdscript, gleam, haskell, nix } from "./grammars/functional.ts";
import { go } from "./grammars/go.ts";
import { java, kotlin, scala } from "./grammars/jvm.ts";
import { css, hcl, html, json, scss, xml, yaml } from "./grammars/markup.ts";
import { dart, swift } from "./grammars/mobile.ts";
import { python } from "./grammars/python.ts";
import { bash, lua, perl, php, r, ruby } from "./grammars/scripting.ts";
import { rust, zig } from "./grammars/systems.ts";

const GRAMMARS: Readonly<Record<string, Grammar>> = {
  bash,
  c,
  clojure,
  cpp,
  csharp,
  css,
  dart,
  elixir,
  elm,
  gdscript,
  gleam,
  go,
  haskell,
  hcl,
  html,
  java,
  javascript,
  json,
  kotlin,
  lua,
  nix,
  perl,
  php,
  python,
  r,
  ruby,
  rust,
  scala,
  scss,
  swift,
  tsx,
  typescript,
  xml,
  yaml,
  zig,
  jsonc: json,
};

/** The grammar of a language, or undefined where it is split without one. */
export function findGrammar(language: string): Grammar | undefined {
  return Object.hasOwn(GRAMMARS, language) ? GRAMMARS[language] : undefined;
}
