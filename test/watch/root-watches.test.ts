import { expect, test } from "vitest";
import { createLogger } from "../../src/log.ts";
import type { watchFolder } from "../../src/watch/folder-watch.ts";
import type { FolderWatchEvents } from "../../src/watch/folder-watch.ts";
import { RootWatches } from "../../src/watch/root-watches.ts";
import { WatchPlace } from "./watch-place.ts";

function watching(...roots: readonly string[]) {
  const begun: FolderWatchEvents[] = [];
  const lines: string[] = [];
  const told = { changes: 0, polling: 0, ended: 0 };
  const begin: typeof watchFolder = (_root, _takes, events) => {
    begun.push(events);
    return {
      ready: Promise.resolve(),
      [Symbol.asyncDispose]: async () => {
        told.ended += 1;
      },
    };
  };
  const subject = {
    name: "things",
    roots,
    openFilter: async () => () => true,
    acquireLease: async () => true,
    releaseLease: async () => {},
    checkedAt: async () => null,
    refresh: async () => ({ changed: 0 }),
  };
  const watches = new RootWatches(
    subject,
    createLogger("info", (line) => lines.push(line)),
    {
      onChange: () => {
        told.changes += 1;
      },
      onPolling: () => {
        told.polling += 1;
      },
    },
    begin,
  );
  return { watches, begun, lines, told };
}

test("when the system watches no more folders, it is said once and looked at in turns", async () => {
  using place = new WatchPlace();
  const { watches, begun, lines, told } = watching(place.path);
  await watches.check();
  for (let folder = 0; folder < 3; folder += 1) begun[0]?.onTrouble("limit", "ENOSPC: limit of file watchers reached");
  expect(told.polling).toBe(1);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain("max_user_watches");
  await watches.check();
  expect(begun).toHaveLength(1);
});

test("other trouble means a look at everything, and no alarm", async () => {
  using place = new WatchPlace();
  const { watches, begun, lines, told } = watching(place.path);
  await watches.check();
  await Promise.resolve();
  const { changes } = told;
  begun[0]?.onTrouble("other", "EACCES");
  expect(told).toMatchObject({ changes: changes + 1, polling: 0 });
  expect(lines).toEqual([]);
});

test("each root has its watch, begun once and ended at the end", async () => {
  using one = new WatchPlace();
  using two = new WatchPlace();
  const { watches, begun, told } = watching(one.path, two.path, `${two.path}-absent`);
  await watches.check();
  await watches.check();
  expect(begun).toHaveLength(2);
  begun[1]?.onRulesChange();
  await watches.check();
  expect(begun).toHaveLength(3);
  await watches[Symbol.asyncDispose]();
  expect(told.ended).toBe(3);
});
