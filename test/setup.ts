import fc from "fast-check";

/**
 * Properties draw the same examples on every run, so that a red run is about the change at hand and can be repeated.
 * `CODELAB_SEED=random` looks for new counterexamples; `CODELAB_SEED=N` repeats the ones of a run that printed seed N.
 */
const seed = process.env["CODELAB_SEED"] ?? "1";
if (seed !== "random") fc.configureGlobal({ seed: Number(seed) });
