import { expect, test } from "vitest";
import { chunkOfPayload, chunkPayload } from "../../../src/store/qdrant/qdrant-payload.ts";
import { keyOf, makeChunk, makeSession } from "../../contract/make-chunks.ts";

test("a chunk with passages comes back from its payload as it was", () => {
  const passages = ["User: why?", "Assistant: \u0000 because"].map((text) => ({ text, vectorKey: keyOf(text) }));
  const record = makeChunk("User: why?\n\nAssistant: because", { session: makeSession(), kind: "exchange", passages });
  const { passages: _, ...stored } = record;
  const payload: unknown = JSON.parse(JSON.stringify(chunkPayload({ ...stored, id: 1, path: "/logs/s" }, passages)));
  expect(chunkOfPayload(payload as Record<string, unknown>)).toEqual(record);
});
