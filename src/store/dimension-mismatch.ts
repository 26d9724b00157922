import { UserError } from "../errors.ts";

/** What is thrown where a vector comes from another model than those of the index. */
export function dimensionMismatch(expected: number, given: number): UserError {
  return new UserError("store.dimension-mismatch", `The index holds vectors of ${expected} dimensions, not ${given}.`, {
    hint: "Index again with --full after changing the embedding model.",
  });
}
