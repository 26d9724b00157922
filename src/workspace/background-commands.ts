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
  readonly owner: string;
  readonly plan: CommandPlan;
  readonly startedAt: number;
  readonly output: CommandOutput;
  readonly launched: Launched;
  exit: CommandExit | null;
}

export interface BackgroundOptions extends Omit<LaunchOptions, "onOutput"> {
  /** More than anyone oversees; it keeps an agent in a loop from filling the machine. Default 16. */
  readonly maxRunning?: number;
  /** How many ended ones are remembered, the newest; default 100. */
  readonly maxEnded?: number;
}

/**
 * Commands that run on after their call was answered, until they end, are stopped, or this is disposed. Each belongs to
 * whoever started it: for others it is not there.
 */
export class BackgroundCommands implements AsyncDisposable {
  readonly #workspace: Workspace;
  readonly #directory: string;
  readonly #options: BackgroundOptions;
  readonly #jobs = new Map<string, Job>();
  #starting = 0;

  /** Output files are kept in `directory`, which must exist. */
  constructor(workspace: Workspace, directory: string, options: BackgroundOptions = {}) {
    this.#workspace = workspace;
    this.#directory = directory;
    this.#options = options;
  }

  /** Starts a command for `owner`, an identity that its later calls have in common. */
  async start(plan: CommandPlan, owner: string): Promise<BackgroundState> {
    const { maxRunning = 16, maxEnded = 100 } = this.#options;
    const ended = [...this.#jobs.values()].filter((job) => job.exit !== null);
    if (this.#jobs.size - ended.length + this.#starting >= maxRunning) {
      throw new UserError("request.too-many-commands", `${maxRunning} background commands are running already`, {
        hint: "Stop one of them first.",
      });
    }
    for (const { id } of ended.slice(0, -maxEnded)) this.#jobs.delete(id);
    const id = randomBytes(12).toString("hex");
    const output = new CommandOutput(path.join(this.#directory, `${id}.log`));
    this.#starting++;
    try {
      const launched = await launch(this.#workspace, plan, {
        ...this.#options,
        onOutput: (chunk) => output.add(chunk),
      });
      const job: Job = { id, owner, plan, startedAt: Date.now(), output, launched, exit: null };
      this.#jobs.set(id, job);
      const limit = plan.timeoutMs === null ? undefined : setTimeout(() => launched.stop(), plan.timeoutMs);
      void launched.ended.then((exit) => {
        clearTimeout(limit);
        job.exit = exit;
        output.close();
      });
      return stateOf(job);
    } catch (error) {
      output.close();
      throw error;
    } finally {
      this.#starting--;
    }
  }

  /** Ids of those that run, whosever they are. */
  running(): string[] {
    return [...this.#jobs.values()].filter((job) => job.exit === null).map((job) => job.id);
  }

  /** Its state and a page of its output from a byte offset. Throws `request.unknown-command`. */
  read(id: string, owner: string, offset = 0): BackgroundState & { readonly page: OutputPage } {
    const job = this.#find(id, owner);
    return { ...stateOf(job), page: readOutputPage(job.output.file, offset) };
  }

  /** Ends it with all that came of it. */
  async stop(id: string, owner: string): Promise<BackgroundState> {
    const job = this.#find(id, owner);
    job.launched.stop();
    await job.launched.ended;
    return stateOf(job);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = [...this.#jobs.values()].filter((job) => job.exit === null);
    await Promise.all(running.map((job) => this.stop(job.id, job.owner)));
  }

  #find(id: string, owner: string): Job {
    const job = this.#jobs.get(id);
    if (job?.owner === owner) return job;
    const own = [...this.#jobs.values()].filter((other) => other.owner === owner).map((other) => other.id);
    throw new UserError("request.unknown-command", `You have no background command ${JSON.stringify(id)}`, {
      hint: `Yours are: ${own.join(", ") || "none"}.`,
    });
  }
}

function stateOf({ id, plan, startedAt, exit, output }: Job): BackgroundState {
  return { id, plan, startedAt, exit, bytes: output.bytes };
}
