import { numberOf } from "./numbers.ts";

/**
 * The value of a `--port` flag, or the default where it is absent; 0 takes any free port.
 * @throws UserError `request.bad-arguments` for what is no port.
 */
export function portOf(verb: string, value: string | boolean | undefined, otherwise: number): number {
  if (typeof value !== "string") return otherwise;
  return numberOf(verb, "port", value, { min: 0, max: 65_535, what: "a port" });
}
