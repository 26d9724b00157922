// Writes to an index until it is killed, saying after each commit what is in it. Arguments: module, database, seed.
import { createHash } from "node:crypto";

const [module, database, seed] = process.argv.slice(2);
const { openEmbeddedStore } = await import(module);
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const store = await openEmbeddedStore(database, { log: quiet });
await store.acquireLease();
await store.useVectors("test", 32);
const keyOf = (text) => createHash("sha256").update(text).digest("hex");
for (let round = 0; ; round++) {
  const path = `file-${round % 7}.ts`;
  const texts = Array.from({ length: 20 }, (_, n) => `round${seed}x${round} chunk${n} of ${path}`);
  const chunks = texts.map((text, n) => ({
    startLine: n + 1,
    endLine: n + 1,
    text,
    language: "typescript",
    kind: "block",
    symbol: null,
    defines: [],
    vectorKey: keyOf(text),
    embedText: null,
    session: null,
  }));
  const state = {
    path,
    size: round,
    mtimeMs: round,
    inode: 1,
    hash: keyOf(texts.join()),
    language: "typescript",
    chunker: "1",
    skipped: null,
  };
  await store.apply({
    put: [{ state, chunks }],
    remove: round % 5 === 4 ? [`file-${(round + 3) % 7}.ts`] : [],
    touch: [],
  });
  process.stdout.write(`${path} round${seed}x${round}\n`);
  const pending = await store.pendingVectors(15);
  await store.putVectors(
    pending.map(({ vectorKey }) => ({
      vectorKey,
      vector: Float32Array.from({ length: 32 }, (_, n) => Math.sin(n * round)),
    })),
  );
  if (round % 6 === 5) await store.pruneVectors();
}
