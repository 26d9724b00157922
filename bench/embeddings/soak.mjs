// Does the service's memory stay flat, and is every request answered, under many requests of mixed size, 64 at once?
//   npm run build && node bench/embeddings/soak.mjs HOME MODEL [--requests 100000] [--vanish] [--cached] [--kill]
// --vanish: every fourth client leaves midway; --cached: with the vector cache; --kill: a worker is killed every 5 seconds.
// Prints one line of JSON. Takes half an hour for 100,000 requests on two cores.
import { atOnce, post } from "./load.mjs";
import { readFlags } from "../shared/flags.mjs";
import { percentiles, secondsSince } from "../shared/numbers.mjs";
import { family, usageOfFamily } from "../shared/processes.mjs";
import { withOurs } from "./servers.mjs";

const { flags, positionals } = readFlags({ requests: 100_000, vanish: false, cached: false, kill: false });
const [home, model] = positionals;
const { requests } = flags;
/** Mostly searches and small files, sometimes a batch, seldom a whole file. */
const sizes = [1, 1, 1, 2, 1, 1, 3, 1];
const words = "const value = compute ( left , right ) ; return index".split(" ");

function inputOf(index) {
  const count = index % 2_000 === 1_999 ? 60 : sizes[index % sizes.length];
  return Array.from({ length: count }, (_, item) => {
    const length = 1 + ((index * 7 + item * 3) % (index % 500 === 499 ? 600 : 12));
    // One in three was asked before.
    const tag = index % 3 === 0 ? index % 300 : index;
    return `${tag} ${Array.from({ length }, (_unused, at) => words[(tag + at) % words.length]).join(" ")}`;
  });
}

await withOurs({ home, model, cached: flags.cached }, async ({ origin, pid }) => {
  const failures = new Map();
  const latencies = [];
  const memory = [];
  let done = 0;
  let left = 0;
  let kills = 0;
  const tasks = Array.from({ length: requests }, (_, index) => async () => {
    const leaves = flags.vanish && index % 4 === 3;
    const started = performance.now();
    try {
      await post(origin, { model, input: inputOf(index) }, leaves ? AbortSignal.timeout(index % 40) : undefined);
      latencies.push(performance.now() - started);
    } catch (error) {
      const reason = String(error.cause?.code ?? error.message).slice(0, 60);
      if (leaves && error.name === "TimeoutError") left += 1;
      else failures.set(reason, (failures.get(reason) ?? 0) + 1);
    }
    done += 1;
    if (done % Math.ceil(requests / 20) === 0) {
      memory.push(Math.round(usageOfFamily(pid).rssMb));
      console.error(`${done} ${memory.at(-1)} MB`);
    }
  });
  const killing = setInterval(() => {
    const [, victim] = family(pid);
    if (!flags.kill || victim === undefined) return;
    process.kill(victim, "SIGKILL");
    kills += 1;
  }, 5_000);
  const started = performance.now();
  await atOnce(64, tasks);
  clearInterval(killing);
  const seconds = Math.round(secondsSince(started));
  const [tenth, end] = [memory[1], memory.at(-1)];
  const metrics = await (await fetch(`${origin}/info`)).json();
  const growth = { tenthMb: tenth, endMb: end, percent: Math.round(((end - tenth) / tenth) * 1_000) / 10 };
  const mbPerThousand = Math.round(((end - tenth) / (requests * 0.9)) * 1e6) / 1_000;
  const answers = { failures: Object.fromEntries(failures), left, kills, latencyMs: percentiles(latencies) };
  console.log(
    JSON.stringify({ requests, seconds, ...growth, mbPerThousand, ...answers, queue: metrics.queue, memory }),
  );
});
