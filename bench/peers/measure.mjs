// One tool on one copy of a project, in a process of its own; prints one line of JSON.
import { median, percentiles } from "../shared/numbers.mjs";

const [name, options] = process.argv.slice(2);
const { project, queries, ...rest } = JSON.parse(options);
const { open } = await import(`./${name}.mjs`);
const tool = await open({ project, ...rest });
const [indexMs, indexed] = await timed(() => tool.index());
const checks = [];
for (let round = 0; round < 5; round++) checks.push((await timed(() => tool.check()))[0]);
const searches = [];
for (const query of queries) searches.push((await timed(() => tool.search(query)))[0]);
const { p50, p95 } = percentiles(searches);
const result = {
  indexMs,
  searchableMs: indexed.searchableMs ?? indexMs,
  chunks: Number.parseInt(/\d+/.exec(String(indexed.chunks))?.[0] ?? "0", 10),
  checkMs: median(checks),
  p50Ms: p50,
  p95Ms: p95,
  peakMb: tool.peakMb(),
};
await tool.close();
process.stdout.write(`${JSON.stringify(result)}\n`);
process.exit(0);

async function timed(work) {
  const started = performance.now();
  const value = await work();
  return [performance.now() - started, value];
}
