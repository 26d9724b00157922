import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findQdrant, freePorts } from "../store/qdrant/qdrant-server.ts";
import { Sandbox } from "./run-cli.ts";

const found = findQdrant();
const hasOpenssl = openssl("version").status === 0;
const why = "missing" in found ? found.missing : hasOpenssl ? null : "there is no openssl to make certificates with";
const KEY = "a key that travels encrypted";

/** A server with a certificate of an authority of its own, as companies have them. */
describe.skipIf(why !== null)(`a Qdrant server over TLS${why === null ? "" : ` (skipped: ${why})`}`, () => {
  const root = mkdtempSync(path.join(os.tmpdir(), "codelab-tls-"));
  const at = (name: string) => path.join(root, name);
  let server: ChildProcess;
  let url = "";
  let sandbox: Sandbox;

  beforeAll(async () => {
    if (!("program" in found)) return;
    makeCertificates(at);
    const [port, grpc] = await freePorts(2);
    url = `https://127.0.0.1:${port}`;
    mkdirSync(at("server"));
    server = spawn(found.program, [], {
      cwd: at("server"),
      stdio: "ignore",
      env: {
        QDRANT__SERVICE__HOST: "127.0.0.1",
        QDRANT__SERVICE__HTTP_PORT: String(port),
        QDRANT__SERVICE__GRPC_PORT: String(grpc),
        QDRANT__SERVICE__ENABLE_TLS: "true",
        QDRANT__SERVICE__API_KEY: KEY,
        QDRANT__TLS__CERT: at("server.pem"),
        QDRANT__TLS__KEY: at("server.key"),
        QDRANT__TELEMETRY_DISABLED: "true",
        QDRANT__LOG_LEVEL: "ERROR",
      },
    });
    await untilReady(url, readFileSync(at("ca.pem"), "utf8"));
    sandbox = new Sandbox({ "cart.ts": "export function emptyCart(cart: Cart) { cart.items = []; }\n" });
  }, 60_000);
  afterAll(async () => {
    const closed = new Promise((resolve) => server.once("close", resolve));
    server.kill("SIGKILL");
    await closed;
    sandbox[Symbol.dispose]();
    rmSync(root, { recursive: true, force: true });
  });

  it("is trusted by NODE_EXTRA_CA_CERTS, for what is sent, searched, compared and backed up", async () => {
    const env = { QDRANT_URL: url, QDRANT_API_KEY: KEY, NODE_EXTRA_CA_CERTS: at("ca.pem") };
    const indexed = await sandbox.run(["index", "--no-conversations"], env);
    expect(indexed).toMatchObject({ code: 0 });
    const moved = await sandbox.json(["store", "migrate", "--in", "code"], env);
    expect(moved).toMatchObject({ isEqual: true });
    const answer = await sandbox.json(["search", "emptyCart", "--in", "code"], env);
    expect(answer).toMatchObject({ index: { store: "qdrant" }, hits: [{ path: "cart.ts" }] });
    expect(answer).not.toHaveProperty("notice");
    const backup = ["store", "backup", at("backup"), "--in", "code"];
    expect(await sandbox.json(backup, env)).toMatchObject({ indexes: [{ kind: "code", snapshots: [{}] }] });
  }, 60_000);

  it("is not trusted without, and the setting to mend is named", async () => {
    const env = { QDRANT_URL: url, QDRANT_API_KEY: KEY };
    const moved = await sandbox.run(["store", "migrate", "--in", "code"], env);
    expect(moved).toMatchObject({ code: 1, stderr: expect.stringContaining("NODE_EXTRA_CA_CERTS") as string });
    // What is here is searched meanwhile.
    const answer = await sandbox.json(["search", "emptyCart", "--in", "code"], env);
    expect(answer).toMatchObject({ hits: [{ path: "cart.ts" }], notice: expect.stringContaining(url) as string });
  }, 60_000);

  it("says that the key is wrong, and that plain http is not spoken there", async () => {
    const env = { QDRANT_URL: url, QDRANT_API_KEY: "another", NODE_EXTRA_CA_CERTS: at("ca.pem") };
    const refused = await sandbox.run(["store", "migrate", "--in", "code"], env);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("QDRANT_API_KEY") as string });
    const plain = { ...env, QDRANT_URL: url.replace("https", "http") };
    const unspoken = await sandbox.run(["store", "migrate", "--in", "code"], plain);
    expect(unspoken).toMatchObject({ code: 1, stderr: expect.stringContaining("QDRANT_URL") as string });
  }, 60_000);
});

function makeCertificates(at: (name: string) => string): void {
  writeFileSync(at("san"), "subjectAltName=IP:127.0.0.1\n");
  const fresh = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
  for (const line of [
    `req -x509 ${fresh} -days 2 -subj /CN=Authority -keyout ${at("ca.key")} -out ${at("ca.pem")}`,
    `req ${fresh} -subj /CN=qdrant -keyout ${at("server.key")} -out ${at("server.csr")}`,
    `x509 -req -in ${at("server.csr")} -CA ${at("ca.pem")} -CAkey ${at("ca.key")} -CAcreateserial` +
      ` -days 2 -extfile ${at("san")} -out ${at("server.pem")}`,
  ]) {
    const { status, stderr } = openssl(...line.split(" "));
    expect(status, stderr).toBe(0);
  }
}

function openssl(...args: readonly string[]) {
  const program = "openssl";
  return spawnSync(program, args, { encoding: "utf8" });
}

async function untilReady(url: string, ca: string): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const status = await new Promise<number | undefined>((resolve) => {
      const asked = request(`${url}/readyz`, { ca, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      asked.once("error", () => resolve(undefined));
      asked.end();
    });
    if (status === 200) return;
    await sleep(100);
  }
  throw new Error(`Qdrant did not start at ${url}`);
}
