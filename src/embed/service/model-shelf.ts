import { UserError } from "../../errors.ts";
import { modelNamed } from "../catalogue.ts";
import type { ModelSpec } from "../model-spec.ts";
import { createOnnxEmbedder } from "../onnx-embedder.ts";
import type { OnnxEmbedder, OnnxSettings } from "../onnx-embedder.ts";
import { findLocalModel } from "../pull-model.ts";

/** The models that the service has at hand, each with workers and a queue of its own. */
export interface ModelShelf extends AsyncDisposable {
  /** @throws UserError `embedding.unknown-model`, `embedding.model-missing`. */
  take(name: string): OnnxEmbedder;
  /** All models, and whether each is on this machine. */
  list(): { readonly spec: ModelSpec; readonly present: boolean; readonly embedder: OnnxEmbedder | null }[];
}

export interface ShelfOptions extends OnnxSettings {
  readonly models: readonly ModelSpec[];
  /** The model whose workers stay, however long nobody asks. */
  readonly defaultModel: string;
}

const LOOK_MS = 1_000;

/** A shelf that opens models when they are first asked for; their workers end when nobody asks for a while. */
export function createModelShelf(options: ShelfOptions): ModelShelf {
  const open = new Map<string, OnnxEmbedder>();
  const looked = new Map<string, number>();
  /** Whether what is on disk is still what was opened; a file is read once a second at most, and not for each request. */
  const isCurrent = (spec: ModelSpec, { model }: OnnxEmbedder): boolean => {
    const now = performance.now();
    if (now - (looked.get(spec.name) ?? -Infinity) < LOOK_MS) return true;
    looked.set(spec.name, now);
    return findLocalModel(spec, options.home)?.sha256 === model.sha256;
  };
  const byId = new Map(options.models.flatMap((spec) => idsOf(spec).map((id) => [id, spec] as const)));
  const resident = modelNamed(options.defaultModel, options.models).name;
  return {
    take(name) {
      const spec = byId.get(name) ?? modelNamed(name, options.models);
      const opened = open.get(spec.name);
      // A model that was pulled anew after its files went bad has other bytes.
      if (opened !== undefined && isCurrent(spec, opened)) return opened;
      if (opened !== undefined) void opened[Symbol.asyncDispose]();
      if (findLocalModel(spec, options.home) === null) throw missing(spec, options);
      const embedder = createOnnxEmbedder(spec, spec.name === resident ? { ...options, idleMs: null } : options);
      open.set(spec.name, embedder);
      return embedder;
    },
    list: () =>
      options.models.map((spec) => ({
        spec,
        present: findLocalModel(spec, options.home) !== null,
        embedder: open.get(spec.name) ?? null,
      })),
    async [Symbol.asyncDispose]() {
      await Promise.all([...open.values()].map((embedder) => embedder[Symbol.asyncDispose]()));
    },
  };
}

/** Nobody is given another model's vectors under this one's name, but may ask for another model under its own. */
function missing(spec: ModelSpec, { models, home }: ShelfOptions): UserError {
  const here = models.filter((model) => findLocalModel(model, home) !== null);
  const others = here.map(({ name, dimensions }) => `${name} (${dimensions} dimensions)`).join(", ");
  return new UserError("embedding.model-missing", `the model ${spec.name} is not on this machine`, {
    hint: `Run \`codelab-mcp models pull ${spec.name}\`${others === "" ? "" : `, or ask for one that is here: ${others}`}.`,
  });
}

/** How clients name a model: its name and aliases. */
export function idsOf(spec: ModelSpec): string[] {
  return [spec.name, ...spec.aliases];
}
