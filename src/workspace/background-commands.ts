import { randomBytes } from "node:crypto";
import path from "node:path";
import { UserError } from "../errors.ts";
import { CommandOutput, type OutputPage, readOutputPage } from "./command-output.ts";
import type { CommandPlan } from "./command-plan.ts";
import { type CommandExit, type LaunchOptions, type Launched, launch } from "./launch.ts";
import type { Workspace } from "./workspace.ts";

export interface BackgroundState {
  readonly id: string;
  readonly plan: CommandPlan;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** Null while it runs. */
  readonly exit: CommandExit | null;
  readonly bytes: number;
}

interface Job {
  readonly id: string;
  readonly plan: CommandPlan;
  readonly startedAt: number;
  readonly output: CommandOutput;
  readonly launched: Launched;
  exit: CommandExit | null;
}

/** More than anyone oversees; it keeps an agent in a loop from filling the machine. */
const MAX_RUNNING = 16;

/** Commands that run on after their call was answered, until they end, are stopped, or this is disposed. */
export class BackgroundCommands implements AsyncDisposable {
  readonly #workspace: Workspace;
  readonly #directory: string;
  readonly #options: Omit<LaunchOptions, "onOutput">;
  readonly #jobs = new Map<string, Job>();

  /** Output files are kept in `directory`, which must exist. */
  constructor(workspace: Workspace, directory: string, options: Omit<LaunchOptions, "onOutput"> = {}) {
    this.#workspace = workspace;
    this.#directory = directory;
    this.#options = options;
  }

  async start(plan: CommandPlan): Promise<BackgroundState> {
    if ([...this.#jobs.values()].filter((job) => job.exit === null).length >= MAX_RUNNING) {
      throw new UserError("request.too-many-commands", `${MAX_RUNNING} background commands are running already`, {
        hint: "Stop one of them first.",
      });
    }
    const id = randomBytes(4).toString("hex");
    const output = new CommandOutput(path.join(this.#directory, `background-${id}.log`));
    try {
      const launched = await launch(this.#workspace, plan, {
        ...this.#options,
        onOutput: (chunk) => output.add(chunk),
      });
      const job: Job = { id, plan, startedAt: Date.now(), output, launched, exit: null };
      this.#jobs.set(id, job);
      void launched.ended.then((exit) => {
        job.exit = exit;
        output.close();
      });
      return stateOf(job);
    } catch (error) {
      output.close();
      throw error;
    }
  }

  /** All of this session, the newest last. */
  list(): BackgroundState[] {
    return [...this.#jobs.values()].map(stateOf);
  }

  /** Its state and a page of its output from a byte offset. Throws `request.unknown-command`. */
  read(id: string, offset = 0): BackgroundState & { readonly page: OutputPage } {
    const job = this.#find(id);
    return { ...stateOf(job), page: readOutputPage(job.output.file, offset) };
  }

  /** Ends it with all that came of it. */
  async stop(id: string): Promise<BackgroundState> {
    const job = this.#find(id);
    job.launched.stop();
    await job.launched.ended;
    return stateOf(job);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#jobs.values()].filter((job) => job.exit === null).map((job) => this.stop(job.id)));
  }

  #find(id: string): Job {
    const job = this.#jobs.get(id);
    if (job !== undefined) return job;
    throw new UserError("request.unknown-command", `There is no background command ${JSON.stringify(id)}`, {
      hint: `Known are: ${[...this.#jobs.keys()].join(", ") || "none"}.`,
    });
  }
}

function stateOf({ id, plan, startedAt, exit, output }: Job): BackgroundState {
  return { id, plan, startedAt, exit, bytes: output.bytes };
}
