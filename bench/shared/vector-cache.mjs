// An embedder that remembers on disk what it embedded, by sha256 of the text: measuring again costs no inference.
import { createHash } from "node:crypto";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync, truncateSync, writeSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createEmbedder } from "../../dist/embed/create-embedder.js";
import { createLogger } from "../../dist/log.js";

/** Where models are, unless a flag says otherwise. */
export function homeOfModels() {
  return process.env.CODELAB_HOME ?? path.join(os.homedir(), ".codelab-mcp");
}

/** The local embedder with one worker, whose vectors are kept in the folder `work`. */
export async function openCachedEmbedder({ work, home, model, threads = 1 }) {
  const log = createLogger("warn");
  const real = await createEmbedder({ provider: "local", home, model, workers: 1, threads, log });
  return openVectorCache(path.join(work, "vectors"), real);
}

/** Wraps an embedder; vectors lie in `folder`, one pair of files per vector space and role. */
function openVectorCache(folder, embedder) {
  mkdirSync(folder, { recursive: true });
  const name = createHash("sha256").update(embedder.fingerprint).digest("hex").slice(0, 16);
  const books = {
    document: openBook(path.join(folder, `${name}-document`)),
    query: openBook(path.join(folder, `${name}-query`)),
  };

  function openBook(file) {
    const bytes = embedder.dimensions * 4;
    const known = existsSync(`${file}.keys`) ? readFileSync(`${file}.keys`, "utf8").split("\n").filter(Boolean) : [];
    const places = new Map(known.map((key, place) => [key, place]));
    const keys = openSync(`${file}.keys`, "a");
    const vectors = openSync(`${file}.f32`, "a+");
    // Vectors are written before their keys: what a killed run left beyond them is cut off.
    truncateSync(`${file}.f32`, known.length * bytes);
    return {
      get(key) {
        const place = places.get(key);
        if (place === undefined) return undefined;
        const vector = new Float32Array(embedder.dimensions);
        readSync(vectors, new Uint8Array(vector.buffer), 0, bytes, place * bytes);
        return vector;
      },
      put(key, vector) {
        if (places.has(key)) return;
        writeSync(vectors, new Uint8Array(vector.buffer, vector.byteOffset, bytes));
        writeSync(keys, `${key}\n`);
        places.set(key, places.size);
      },
      close() {
        closeSync(keys);
        closeSync(vectors);
      },
    };
  }

  return {
    label: embedder.label,
    dimensions: embedder.dimensions,
    maxTokens: embedder.maxTokens,
    fingerprint: embedder.fingerprint,
    async embed(texts, options) {
      const book = books[options.role];
      const keys = texts.map((text) => createHash("sha256").update(text).digest("hex").slice(0, 24));
      const missing = texts.filter((_, index) => book.get(keys[index]) === undefined);
      const fresh = missing.length === 0 ? [] : await embedder.embed(missing, options);
      missing.forEach((text, index) =>
        book.put(createHash("sha256").update(text).digest("hex").slice(0, 24), fresh[index]),
      );
      return keys.map((key) => book.get(key));
    },
    async [Symbol.asyncDispose]() {
      for (const book of Object.values(books)) book.close();
      await embedder[Symbol.asyncDispose]();
    },
  };
}
