import { appendFileSync, chmodSync, readdirSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { IndexReport, StatusReport } from "../../src/app.ts";
import type { CodeHit, SearchAnswer } from "../../src/search/answer.ts";
import { runHere } from "../cli/in-process.ts";
import { Sandbox } from "./run-cli.ts";

const RETRY = `/** Calls again after a failure, waiting longer each time. */
export async function retryWithBackoff(call) {
  for (let attempt = 0; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      await delay(2 ** attempt);
    }
  }
}
`;

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox({
    "src/retry.js": RETRY,
    "src/session.py": "class Session:\n    def expire_cookie(self):\n        self.cookie = None\n",
    "docs/guide.md": "# Guide\n\nHow to install the program.\n",
    "node_modules/dep/index.js": "export function retryWithBackoff() {}\n",
    ".gitignore": "ignored/\n",
    "ignored/secret.js": "export function retryWithBackoff() {}\n",
  });
});
afterEach(() => sandbox[Symbol.dispose]());

const index = () => sandbox.json<IndexReport>(["index"]);
/** Asks in this process, on what the program has indexed. */
async function search(query: string, ...args: string[]): Promise<SearchAnswer<CodeHit>> {
  const asked = ["search", query, ...args, "--json"];
  const { stdout } = await runHere(asked, { cwd: sandbox.project, env: sandbox.env() });
  return JSON.parse(stdout) as SearchAnswer<CodeHit>;
}

const paths = ({ hits }: SearchAnswer<CodeHit>) => hits.map((hit) => hit.path);

describe("index and search", () => {
  it("finds a definition by its symbol and by plain words, with everything the contract promises", async () => {
    expect(await index()).toMatchObject({ files: 4, indexed: 4, removed: 0, embeddedPercent: 0 });
    const answer = await sandbox.json<SearchAnswer<CodeHit>>(["search", "retryWithBackoff"]);
    expect(paths(answer)).toEqual(["src/retry.js"]);
    expect(answer).toMatchObject({
      query: "retryWithBackoff",
      index: { files: 4, store: "sqlite", embeddedPercent: 0 },
    });
    expect(answer.hits[0]).toMatchObject({
      startLine: 1,
      endLine: 10,
      language: "javascript",
      symbol: "retryWithBackoff",
      kind: "function",
      matched: ["lexical"],
    });
    expect(answer.hits[0]?.text).toContain("await delay(2 ** attempt)");
    expect(paths(await search("expire the cookie of a session"))[0]).toBe("src/session.py");
  });

  it("indexes first when nobody did", async () => {
    expect(paths(await sandbox.json(["search", "retryWithBackoff"]))).toEqual(["src/retry.js"]);
  });

  it("checks an unchanged project without reading a file, and notices every kind of change", async () => {
    await index();
    expect(await index()).toMatchObject({ files: 4, unchanged: 4, indexed: 0 });
    appendFileSync(path.join(sandbox.project, "docs/guide.md"), "\nAlso uninstallUnicorn it.\n");
    expect(await index()).toMatchObject({ indexed: 1 });
    expect(paths(await search("uninstallUnicorn"))).toEqual(["docs/guide.md"]);
    renameSync(path.join(sandbox.project, "src/retry.js"), path.join(sandbox.project, "src/again.js"));
    expect(await index()).toMatchObject({ indexed: 1, removed: 1 });
    expect(paths(await search("retryWithBackoff"))).toEqual(["src/again.js"]);
    utimesSync(path.join(sandbox.project, "src/again.js"), new Date(), new Date());
    expect(await index()).toMatchObject({ indexed: 0, unchanged: 4 });
    rmSync(path.join(sandbox.project, "docs"), { recursive: true });
    expect(await index()).toMatchObject({ files: 3, removed: 1 });
  });

  it("shows no hit that is stale: what changed is read again, what is gone is left out", async () => {
    await index();
    sandbox.write({ "src/retry.js": `// moved down\n\n${RETRY}` });
    expect((await search("retryWithBackoff")).hits[0]).toMatchObject({ endLine: 12 });
    rmSync(path.join(sandbox.project, "src/retry.js"));
    expect(paths(await search("retryWithBackoff"))).toEqual([]);
  });

  it("narrows by path, language and limit, and goes on by cursor without repeating", async () => {
    sandbox.write(
      Object.fromEntries(
        Array.from({ length: 25 }, (_, n) => [`many/f${n}.ts`, `export const unicorn${n} = "unicorn";\n`]),
      ),
    );
    await index();
    expect(paths(await search("unicorn", "--path", "src/**"))).toEqual([]);
    expect(paths(await search("cookie", "--language", "python"))).toEqual(["src/session.py"]);
    const seen: string[] = [];
    for (let cursor: string | undefined = ""; cursor !== undefined;) {
      const page: SearchAnswer<CodeHit> = await search(
        "unicorn",
        "-n",
        "10",
        ...(cursor === "" ? [] : ["--cursor", cursor]),
      );
      seen.push(...paths(page));
      expect(page.hits.map(({ score }) => score)).toEqual(
        page.hits.map(({ score }) => score).toSorted((a, b) => b - a),
      );
      cursor = page.nextCursor;
    }
    expect(new Set(seen).size).toBe(25);
    expect(seen).toHaveLength(25);
  });

  it("says what was skipped and why", async () => {
    sandbox.write({ "logo.dat": "a\0b", "large.txt": "x".repeat(1_100_000), "empty.txt": "" });
    await index();
    const { skipped, code } = await sandbox.json<StatusReport>(["status"]);
    // Both verbs count what can be found.
    expect(await index()).toMatchObject({ files: code.files, skipped: 2 });
    expect(code.files).toBeGreaterThanOrEqual(4);
    expect(skipped.map(({ reason, examples }) => [reason, ...examples])).toEqual(
      expect.arrayContaining([
        ["binary", "logo.dat"],
        ["too-large", "large.txt"],
      ]),
    );
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === "win32")(
    "calls an index fresh beside a file that cannot be read, and reads it once it can be",
    async () => {
      sandbox.write({ "sealed.ts": "export const walrus = 1;\n" });
      chmodSync(path.join(sandbox.project, "sealed.ts"), 0);
      await index();
      const { updatedAt, ...before } = await sandbox.json<StatusReport>(["status"]);
      expect(before).toMatchObject({ behind: { changed: 0, removed: 0 }, skipped: [{ reason: "unreadable" }] });
      expect(await index()).toMatchObject({ indexed: 0 });
      expect(await sandbox.json<StatusReport>(["status"])).toMatchObject({ updatedAt });
      chmodSync(path.join(sandbox.project, "sealed.ts"), 0o600);
      expect(paths(await search("walrus"))[0]).toBe("sealed.ts");
    },
  );

  it("says whether the index is what is on disk, without changing it", async () => {
    const status = () => sandbox.json<StatusReport>(["status", sandbox.project]);
    expect(await status()).toMatchObject({ behind: null, updatedAt: null });
    await index();
    expect(await status()).toMatchObject({ code: { freshness: "fresh" }, behind: { changed: 0, removed: 0 } });
    sandbox.write({ "src/new.js": "export const added = 1;\n" });
    appendFileSync(path.join(sandbox.project, "src/retry.js"), "// changed\n");
    rmSync(path.join(sandbox.project, "src/session.py"));
    const behind = { code: { freshness: "stale", files: 4 }, behind: { changed: 2, removed: 1 } };
    expect(await status()).toMatchObject(behind);
    expect(await status()).toMatchObject(behind);
    const { stdout } = await sandbox.run(["status"]);
    expect(stdout).toContain("stale: 2 files new or changed, 1 file gone; `codelab-mcp index` brings it up to date");
    await index();
    expect((await sandbox.run(["status"])).stdout).toMatch(/^freshness +fresh$/m);
  });

  it("prints for people what it prints for scripts", async () => {
    const indexed = await sandbox.run(["index"]);
    const [first, second, third] = indexed.stdout.split("\n");
    expect(first).toMatch(/^Indexed 4 files in \d+ chunks \(4 files read\) in [\d.]+ s, .*\.$/);
    expect(second).toBe("It is searched by words alone: embeddings are turned off.");
    expect(third).toMatch(/^Search it: {2}codelab-mcp search/);
    // In a clone nothing of that name is installed.
    const started = await sandbox.run(["index"], { npm_lifecycle_event: "start", npm_package_name: "codelab-mcp" });
    expect(started.stdout).toContain('Search it:  npm start -- search "where is …"\n');
    const once = await sandbox.run(["index"], { npm_lifecycle_event: "npx", npm_package_name: "codelab-mcp" });
    expect(once.stdout).toContain('Search it:  npx codelab-mcp search "where is …"\n');
    // Another project's script that runs an installed one.
    const other = await sandbox.run(["index"], { npm_lifecycle_event: "start", npm_package_name: "shop" });
    expect(other.stdout).toContain('Search it:  codelab-mcp search "where is …"\n');
    const found = await sandbox.run(["search", "expire_cookie"]);
    expect(found.stdout).toContain("src/session.py:");
    expect(found.stdout).toContain("    def expire_cookie(self):");
    const compact = await sandbox.run(["search", "expire_cookie", "--compact"]);
    expect(compact.stdout.trim().split("\n")).toHaveLength(1);
    expect((await sandbox.run(["status"])).stdout).toContain("4 files");
  });

  it("moves a damaged database aside, says so, and begins anew", async () => {
    await index();
    const directory = path.join(sandbox.home, "workspaces");
    const [name = ""] = readdirSync(directory);
    writeFileSync(path.join(directory, name, "index.db"), Buffer.alloc(20_000, "garbage"));
    const { code, stdout, stderr } = await sandbox.run(["index"]);
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(/moved|aside|damaged/) as string });
    expect(stdout).toContain("4 files");
    expect(readdirSync(path.join(directory, name)).length).toBeGreaterThan(1);
  });
});
