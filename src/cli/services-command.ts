import { choiceHint } from "../edit-distance.ts";
import { UserError } from "../errors.ts";
import type { ServiceStatus } from "../app/services.ts";
import { type CommandInput, defineCommand } from "./command.ts";
import { numberOf } from "./numbers.ts";
import { createProgressBar } from "./progress.ts";

const ACTIONS = ["status", "start", "stop", "restart"] as const;
type Action = (typeof ACTIONS)[number];

export const servicesCommand = defineCommand({
  name: "services",
  summary: "Start, stop and look after what runs in the background",
  details:
    "qdrant (a program on this machine, else Docker), embeddings (OpenAI's API on this machine) and watcher (keeps the\n" +
    "workspace's index fresh). They go on when the terminal closes; logs and pid files are in CODELAB_HOME/services.\n" +
    "Starting waits until a service is ready; what runs already is left as it is.",
  positionals: [
    { name: "ACTION", description: "status (default), start, stop or restart." },
    { name: "SERVICE", description: "all (default), qdrant, embeddings or watcher." },
  ],
  options: {
    wait: { type: "string", value: "SECONDS", description: "Longest wait for readiness (default 300; 0: none)." },
    grace: {
      type: "string",
      value: "SECONDS",
      description: "Longest wait for a service to end by itself (default 15).",
    },
    "qdrant-binary": {
      type: "string",
      value: "FILE",
      setting: "qdrantBinary",
      description: "Qdrant's program (default: found on PATH).",
    },
  },
  examples: [
    { line: "services start", does: "start all that can run on this machine" },
    { line: "services restart embeddings", does: "take up a changed setting" },
    { line: "services status --json", does: "for a script" },
  ],
  run: async (input) => {
    const { positionals, options, config, printer, json, signal } = input;
    const { openServices, servicesNamed } = await import("../app/services.ts");
    const action = actionOf(positionals[0]);
    const names = servicesNamed(positionals[1] ?? "all");
    const bar = createProgressBar(printer);
    const waitMs = secondsOf("wait", options["wait"], 300) * 1_000;
    let told = "";
    using services = await openServices(await config(), {
      env: process.env,
      signal,
      waitMs,
      graceMs: secondsOf("grace", options["grace"], 15) * 1_000,
      onProgress: (name, detail) => {
        bar.update(`${name}: ${detail}`, 0, 0);
        if (!printer.interactive && told !== name + detail) printer.err(`${name}: ${detail} …\n`);
        told = name + detail;
      },
    });
    const isOptional = names.length > 1;
    try {
      if (action === "stop" || action === "restart") await services.stop(names);
      const statuses =
        action === "start" || action === "restart"
          ? await services.start(names, isOptional)
          : await services.status(names);
      bar.clear();
      if (json) printer.json({ services: statuses });
      else for (const status of statuses) print(status, input);
      if (action === "status" || action === "stop") return 0;
      return statuses.some(({ state }) => state === "failed" || (waitMs > 0 && state === "starting")) ? 1 : 0;
    } finally {
      bar.clear();
    }
  },
});

function print({ name, state, detail, url, pid, log, managed }: ServiceStatus, { printer }: CommandInput): void {
  const colour = { running: "green", starting: "yellow", stopped: "dim", blocked: "red", failed: "red" } as const;
  const where = [...(url === null || state === "stopped" ? [] : [url]), ...(pid === null ? [] : [`process ${pid}`])];
  const facts = where.length === 0 ? "" : ` (${where.join(", ")})`;
  printer.out(
    `${printer.style("bold", name.padEnd(10))} ${printer.style(colour[state], state.padEnd(8))} ${detail}${facts}\n`,
  );
  if (managed) printer.out(`${" ".repeat(20)}${printer.style("dim", log)}\n`);
}

function actionOf(word: string | undefined): Action {
  const action = ACTIONS.find((known) => known === (word ?? "status"));
  if (action !== undefined) return action;
  throw new UserError("request.bad-arguments", `services: unknown action "${String(word)}"`, {
    hint: choiceHint(String(word), ACTIONS),
  });
}

function secondsOf(flag: string, value: string | boolean | undefined, otherwise: number): number {
  if (typeof value !== "string") return otherwise;
  return numberOf("services", flag, value, { min: 0, max: 86_400, fractions: true, what: "a number of seconds" });
}
