import { type TranscriptListing, walkTranscripts } from "../../src/transcripts/list-transcripts.ts";

/** All that a walk finds, at once. */
export async function listAll(roots: readonly string[], signal?: AbortSignal): Promise<TranscriptListing> {
  const listings: TranscriptListing[] = [];
  for await (const listing of walkTranscripts(roots, signal)) listings.push(listing);
  return {
    files: listings.flatMap(({ files }) => files),
    problems: listings.flatMap(({ problems }) => problems),
  };
}
