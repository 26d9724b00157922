import type { Database } from "../sqlite.ts";
import type { PassageBook } from "./index-store.ts";
import { readPassageTexts } from "./passage-rows.ts";
import { CentredCosines } from "./vector/centred-cosines.ts";

/** What the index tells of texts that a search by vector found. */
export function passageBook(db: Database): PassageBook {
  const cosines = new CentredCosines(db);
  return {
    async read(texts) {
      return readPassageTexts(db, texts);
    },
    async apart(vector) {
      return db.snapshot(() => cosines.apart(vector)) ?? vector;
    },
    async centred(vector, found) {
      const texts = found.flatMap(({ text }) => text ?? []);
      // What a server found names no text.
      if (texts.length < found.length) return null;
      const centred = db.snapshot(() => cosines.of(vector, texts));
      return (
        centred &&
        found
          .map((candidate) => ({ ...candidate, score: centred.get(candidate.text ?? 0) ?? 0 }))
          .filter(({ score }) => score > 0)
          .toSorted((a, b) => b.score - a.score || a.id - b.id)
      );
    },
  };
}
