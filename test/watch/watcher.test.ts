import { appendFileSync, mkdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { createLogger } from "../../src/log.ts";
import type { RefreshRequest, WatchSubject } from "../../src/watch/subject.ts";
import { Watcher } from "../../src/watch/watcher.ts";
import type { WatchOptions } from "../../src/watch/watcher.ts";
import { WatchPlace, until } from "./watch-place.ts";

/** A subject that notes what it is asked, and does what a test tells it to. */
class FakeSubject implements WatchSubject {
  readonly name = "things";
  readonly roots: readonly string[];
  readonly asked: RefreshRequest[] = [];
  filters = 0;
  mayWrite = true;
  released = 0;
  changed = 0;
  embedded = 0;
  checked: number | null = null;
  onRefresh: (request: RefreshRequest) => Promise<void> = async () => {};
  onEmbed: () => Promise<void> = async () => {};

  constructor(...roots: readonly string[]) {
    this.roots = roots;
  }

  async openFilter() {
    this.filters += 1;
    return (relative: string) => !relative.startsWith("ignored");
  }

  async acquireLease() {
    return this.mayWrite;
  }

  async releaseLease() {
    this.released += 1;
  }

  async checkedAt() {
    return this.checked;
  }

  async refresh(request: RefreshRequest) {
    this.asked.push(request);
    await this.onRefresh(request);
    if (request.paths === null && (request.check === "full" || this.checked === null)) this.checked = Date.now();
    return { changed: this.changed };
  }

  readonly embed = async () => {
    await this.onEmbed();
    this.embedded += 1;
  };

  /** The paths of all requests so far, by base name; `*` for everything. */
  paths(): string[] {
    return this.asked.flatMap(({ paths }) => (paths === null ? ["*"] : paths.map((file) => path.basename(file))));
  }
}

function running(subject: FakeSubject, options: Partial<WatchOptions> = {}) {
  const controller = new AbortController();
  const lines: string[] = [];
  const watcher = new Watcher(subject, {
    logger: createLogger("info", (line) => lines.push(line)),
    importInterval: 3600,
    fullCheckInterval: 3600,
    quickCheckOnly: false,
    logStatsEvery: 1000,
    isBusy: () => false,
    ...options,
  });
  const done = watcher.run(controller.signal);
  const stop = async () => {
    controller.abort();
    await done;
  };
  return { watcher, lines, stop };
}

/** Until the watch stands, and what its beginning brought has been looked at. */
async function settled(subject: FakeSubject): Promise<void> {
  await until(
    () => subject.asked.length >= 2,
    () => subject.paths(),
  );
  for (let asked = 0; asked !== subject.asked.length;) {
    asked = subject.asked.length;
    await sleep(150);
  }
  subject.asked.length = 0;
}

test("looks at everything first, then at what changes, in batches", async () => {
  using place = new WatchPlace();
  place.write("a.ts");
  const subject = new FakeSubject(place.path);
  const { watcher, stop } = running(subject);
  await settled(subject);
  place.write("a.ts", "one");
  place.write("b.ts", "two");
  await until(() => subject.asked.length > 0);
  expect(subject.asked).toHaveLength(1);
  expect(new Set(subject.paths())).toEqual(new Set(["a.ts", "b.ts"]));
  await until(() => watcher.status.refreshes >= 3);
  expect(watcher.status).toMatchObject({ failures: 0, isStandby: false, isPolling: false });
  await stop();
});

test("sweeps on its own, and fully when it is time, unless told never to", async () => {
  using place = new WatchPlace();
  for (const quickCheckOnly of [false, true]) {
    const subject = new FakeSubject(place.path);
    const { watcher, stop } = running(subject, { importInterval: 0.02, fullCheckInterval: 0.05, quickCheckOnly });
    await until(() => watcher.status.sweeps > 8);
    await stop();
    expect(subject.asked.some(({ check }) => check === "full")).toBe(!quickCheckOnly);
    expect(subject.asked.some(({ check }) => check === "quick")).toBe(true);
  }
});

test.each([
  ["was read just now", () => Date.now(), false],
  ["was read long ago", () => Date.now() - 86_400_000, true],
  ["was read in the future, by a clock since set back", () => Date.now() + 86_400_000, true],
])("what %s, by whichever process, is read whole: %s", async (_when, checkedAt, isRead) => {
  using place = new WatchPlace();
  const subject = new FakeSubject(place.path);
  subject.checked = checkedAt();
  const { watcher, stop } = running(subject, { importInterval: 0.01, fullCheckInterval: isRead ? 0.05 : 3600 });
  await until(() => watcher.status.sweeps > 20);
  await stop();
  expect(subject.asked[0]?.check).toBe("quick");
  expect(subject.asked.some(({ check }) => check === "full")).toBe(isRead);
});

test("sweeps seldom while the machine is busy", async () => {
  using place = new WatchPlace();
  const [calm, busy] = [new FakeSubject(place.path), new FakeSubject(place.path)];
  const one = running(calm, { importInterval: 0.05 });
  const other = running(busy, { importInterval: 0.05, isBusy: () => true });
  await until(() => one.watcher.status.sweeps >= 24);
  expect(other.watcher.status.sweeps).toBeLessThan(16);
  await one.stop();
  await other.stop();
});

test("a clock that jumps brings neither a rush of sweeps nor a silence", async () => {
  using place = new WatchPlace();
  place.write("a.ts");
  const subject = new FakeSubject(place.path);
  const { watcher, stop } = running(subject, { importInterval: 3600 });
  await settled(subject);
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    for (const jump of [10, -20]) {
      vi.setSystemTime(Date.now() + jump * 31_536_000_000);
      const { sweeps } = watcher.status;
      const asked = subject.asked.length;
      place.write("a.ts", `after ${jump}`);
      await until(() => subject.asked.length > asked);
      await sleep(200);
      expect(watcher.status.sweeps).toBe(sweeps);
    }
  } finally {
    vi.useRealTimers();
    await stop();
  }
});

test("leaves the work to the process that holds the lease, and takes it over", async () => {
  using place = new WatchPlace();
  const subject = new FakeSubject(place.path);
  subject.mayWrite = false;
  const { watcher, stop } = running(subject);
  await until(() => watcher.status.isStandby);
  await sleep(50);
  expect(subject.asked).toEqual([]);
  subject.mayWrite = true;
  await until(() => subject.asked.length > 0);
  expect(watcher.status.isStandby).toBe(false);
  await until(() => subject.released > 0);
  await stop();
});

test("a failed refresh is told, and everything is looked at again", async () => {
  using place = new WatchPlace();
  const subject = new FakeSubject(place.path);
  let failures = 1;
  subject.onRefresh = async () => {
    failures -= 1;
    if (failures >= 0) throw new Error("the disk is full");
  };
  const { watcher, lines, stop } = running(subject);
  await until(() => watcher.status.refreshes > 0);
  expect(watcher.status.failures).toBe(1);
  expect(lines.join("")).toContain("the disk is full");
  expect(subject.paths()).toContain("*");
  await stop();
});

test("a storm is one look at everything; what is ignored is no change", async () => {
  using place = new WatchPlace();
  mkdirSync(path.join(place.path, "src"));
  mkdirSync(path.join(place.path, "ignored"));
  const subject = new FakeSubject(place.path);
  const { stop } = running(subject);
  await settled(subject);
  for (let file = 0; file < 200; file += 1) place.write(`ignored/f${file}.ts`);
  await sleep(300);
  expect(subject.paths()).toEqual([]);
  for (let file = 0; file < 2_000; file += 1) place.write(`src/f${file}.ts`);
  await until(() => subject.paths().includes("*"));
  expect(subject.asked.length).toBeLessThan(8);
  await stop();
});

test("a root that is replaced or comes later is watched anew", async () => {
  using place = new WatchPlace();
  const root = path.join(place.path, "root");
  const subject = new FakeSubject(root);
  const { watcher, stop } = running(subject, { importInterval: 0.05 });
  await until(() => subject.asked.length > 0);
  expect(subject.filters).toBe(0);
  place.write("root/a.ts");
  await until(() => subject.filters === 1);
  renameSync(root, path.join(place.path, "old"));
  place.write("root/b.ts");
  await until(() => subject.filters === 2);
  await sleep(100);
  const { events } = watcher.status;
  appendFileSync(path.join(root, "b.ts"), "more");
  await until(() => watcher.status.events > events);
  rmSync(root, { recursive: true });
  await sleep(100);
  await stop();
});

test("new rules mean another watch", async () => {
  using place = new WatchPlace();
  place.write("src/a.ts");
  const subject = new FakeSubject(place.path);
  const { stop } = running(subject);
  await settled(subject);
  expect(subject.filters).toBe(1);
  place.write(".gitignore", "dist\n");
  await until(() => subject.filters === 2);
  await until(() => subject.paths().includes("*"));
  await stop();
});

test("embeds beside refreshing, once at a time, and again after a change", async () => {
  using place = new WatchPlace();
  const subject = new FakeSubject(place.path);
  let running_ = 0;
  let most = 0;
  subject.onEmbed = async () => {
    running_ += 1;
    most = Math.max(most, running_);
    await sleep(30);
    running_ -= 1;
  };
  const { stop } = running(subject, { importInterval: 0.01 });
  await until(() => subject.embedded === 1);
  const before = subject.asked.length;
  await until(() => subject.asked.length > before + 3);
  expect(subject.embedded).toBe(1);
  subject.changed = 1;
  await until(() => subject.embedded >= 3);
  expect(most).toBe(1);
  await stop();
});

test("statistics are logged as often as asked for; ending interrupts the work under way", async () => {
  using place = new WatchPlace();
  const subject = new FakeSubject(place.path);
  const { watcher, lines, stop } = running(subject, { importInterval: 0.01, logStatsEvery: 3 });
  await until(() => watcher.status.refreshes >= 7);
  expect(lines.filter((line) => line.includes('INFO Watcher name="things"')).length).toBeGreaterThanOrEqual(2);
  subject.onRefresh = async ({ signal }) => await sleep(60_000, undefined, { signal });
  const asked = subject.asked.length;
  await until(() => subject.asked.length > asked);
  await stop();
  expect(watcher.status.failures).toBe(0);
});
