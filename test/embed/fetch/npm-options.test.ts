import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { npmOptions } from "../../../src/embed/fetch/npm-options.ts";

describe("npmOptions", () => {
  let home: string;
  beforeEach(() => void (home = mkdtempSync(path.join(os.tmpdir(), "codelab-npmrc-"))));
  afterEach(() => rmSync(home, { recursive: true }));

  const read = (npmrc: string, env: NodeJS.ProcessEnv = {}) => {
    writeFileSync(path.join(home, ".npmrc"), npmrc);
    return npmOptions({ npm_config_globalconfig: path.join(home, "none"), ...env }, home);
  };

  it("takes registries, tokens, proxies and certificates", () => {
    writeFileSync(path.join(home, "ca.pem"), "CERTIFICATE");
    const options = read(
      [
        "; a comment",
        "registry = https://npm.example.com/",
        "@team:registry=https://team.example.com/",
        "//npm.example.com/:_authToken=${TOKEN}",
        'https-proxy="http://proxy:3128"',
        "strict-ssl=false",
        `cafile=${path.join(home, "ca.pem")}`,
        "cache=/tmp/cache",
        "fund=false",
      ].join("\n"),
      { TOKEN: "secret" },
    );
    expect(options).toEqual({
      registry: "https://npm.example.com/",
      "@team:registry": "https://team.example.com/",
      "//npm.example.com/:_authToken": "secret",
      httpsProxy: "http://proxy:3128",
      strictSSL: false,
      ca: "CERTIFICATE",
      cache: path.join("/tmp/cache", "_cacache"),
    });
  });

  it("lets the environment win", () => {
    const options = read("registry=https://a.example.com/", { npm_config_registry: "https://b.example.com/" });
    expect(options["registry"]).toBe("https://b.example.com/");
    expect(read("", { NPM_CONFIG_STRICT_SSL: "false" })["strictSSL"]).toBe(false);
  });

  it("needs no file", () => {
    rmSync(path.join(home, ".npmrc"), { force: true });
    expect(npmOptions({ npm_config_globalconfig: path.join(home, "none") }, home)).toEqual({});
  });
});
