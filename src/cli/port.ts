import { UserError } from "../errors.ts";

/**
 * The value of a `--port` flag, or the default where it is absent; 0 takes any free port.
 * @throws UserError `request.bad-arguments` for what is no port.
 */
export function portOf(value: string | boolean | undefined, otherwise: number): number {
  if (typeof value !== "string") return otherwise;
  const port = Number(value);
  if (value !== "" && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new UserError("request.bad-arguments", `--port ${value} is no port`, { hint: "Ports are 0 to 65535." });
}
