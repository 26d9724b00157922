import type { Config } from "../settings.ts";
import { planStore, type StorePlan } from "../store/plan.ts";

export type { StorePlan } from "../store/plan.ts";

export interface PlanRequest {
  readonly vectors: number;
  readonly dimensions: number;
}

/** What an index of that size needs with the replicas and the quantisation that are configured. */
export function planFor(config: Config, { vectors, dimensions }: PlanRequest): StorePlan {
  const { qdrantReplicas: replicas = 1, qdrantQuantization: quantization } = config;
  return planStore({ vectors, dimensions, replicas, quantization });
}
