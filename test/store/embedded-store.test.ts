import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "../../src/log.ts";
import { openEmbeddedStore } from "../../src/store/embedded-store.ts";
import { describeIndexStore } from "../contract/index-store.ts";

describeIndexStore("the embedded store", async () => {
  const directory = await mkdtemp(join(tmpdir(), "codelab-store-"));
  const log = createLogger("silent");
  return {
    open: () => openEmbeddedStore(join(directory, "index.db"), { log }),
    remove: () => rm(directory, { recursive: true }),
  };
});
