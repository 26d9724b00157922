import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allowedHosts, isLoopback, refuseBearer, refuseHost } from "../src/http-guard.ts";

const hosts = allowedHosts({ host: "127.0.0.1", port: 4001 });
const code = (...args: Parameters<typeof refuseHost>) => refuseHost(...args)?.code ?? null;

describe("isLoopback", () => {
  it.each(["127.0.0.1", "127.1.2.3", "127.255.255.255", "localhost", "::1"])(
    "takes %s for this machine alone",
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );

  it.each([
    "0.0.0.0",
    "::",
    "",
    "128.0.0.1",
    "127.0.0.1.evil.example",
    "127.evil.example",
    "localhost.evil.example",
    "127.0.0",
    "127.0.0.256",
    "0x7f.0.0.1",
    "2130706433",
    "[::1]",
    "::ffff:192.168.0.1",
  ])("does not take %j for it", (host) => {
    expect(isLoopback(host)).toBe(false);
  });
});

describe("the Host header", () => {
  it("is one of this machine's own names with the port, in any case", () => {
    for (const host of ["127.0.0.1:4001", "localhost:4001", "LocalHost:4001", "[::1]:4001"])
      expect(code(host, undefined, hosts)).toBeNull();
  });

  it("of any other name is refused, as a name that was rebound to this machine", () => {
    const names = fc.oneof(fc.domain(), fc.ipV4(), fc.string());
    fc.assert(
      fc.property(names, fc.constantFrom("", ":4001", ":80"), (name, port) => {
        fc.pre(!hosts.has(`${name}${port}`.toLowerCase()));
        expect(code(`${name}${port}`, undefined, hosts)).toBe("permission.foreign-host");
      }),
    );
    for (const host of [
      "localhost",
      "localhost:4002",
      "127.0.0.1:4001.evil.example",
      " localhost:4001",
      "localhost:4001 ",
      "",
    ])
      expect(code(host, undefined, hosts)).toBe("permission.foreign-host");
    expect(code(undefined, undefined, hosts)).toBe("permission.foreign-host");
  });

  it("goes without the port where it is HTTP's own, and may be an extra name or the address bound to", () => {
    expect(code("localhost", undefined, allowedHosts({ host: "127.0.0.1", port: 80 }))).toBeNull();
    const extra = allowedHosts({ host: "192.168.7.7", port: 4001, extraHosts: ["Embeddings:4001", "box.local"] });
    for (const host of ["192.168.7.7:4001", "embeddings:4001", "BOX.local"])
      expect(code(host, undefined, extra)).toBeNull();
    expect(code("box.local:4001", undefined, extra)).toBe("permission.foreign-host");
    expect(allowedHosts({ host: "fe80::1", port: 1 }).has("[fe80::1]:1")).toBe(true);
  });
});

describe("the Origin header", () => {
  it("is missing, or a page of our own", () => {
    for (const origin of [undefined, "http://localhost:4001", "http://127.0.0.1:4001", "HTTPS://LOCALHOST:4001"])
      expect(code("localhost:4001", origin, hosts)).toBeNull();
  });

  it("of any other page is refused, whatever it looks like", () => {
    const ours = "http://localhost:4001";
    const near = [
      `${ours}.evil.example`,
      `http://evil.example/${ours}`,
      `${ours}@evil.example`,
      "http://localhost:4002",
    ];
    for (const origin of [
      ...near,
      "null",
      "",
      "file://",
      "chrome-extension://abc",
      "localhost:4001",
      "ftp://localhost:4001",
      `${ours}/`,
    ])
      expect(code("localhost:4001", origin, hosts)).toBe("permission.foreign-origin");
    fc.assert(
      fc.property(fc.webUrl(), (url) => {
        expect(code("localhost:4001", new URL(url).origin, hosts)).toBe("permission.foreign-origin");
      }),
    );
  });

  it("may be an extra one, by its exact spelling", () => {
    const extra = ["https://tools.example.org"];
    expect(code("localhost:4001", "https://tools.example.org", hosts, extra)).toBeNull();
    expect(code("localhost:4001", "http://tools.example.org", hosts, extra)).toBe("permission.foreign-origin");
  });

  it("is that of the name asked for where any name is served", () => {
    expect(code("anything:1", undefined, null)).toBeNull();
    expect(code("anything:1", "http://Anything:1", null)).toBeNull();
    expect(code("anything:1", "http://other:1", null)).toBe("permission.foreign-origin");
    expect(code(undefined, undefined, null)).toBe("permission.foreign-host");
  });
});

describe("the bearer token", () => {
  const token = "a-token-of-16-characters";

  it("passes with its scheme in any case, and nothing else does", () => {
    for (const scheme of ["Bearer", "bearer", "BEARER"]) expect(refuseBearer(`${scheme} ${token}`, token)).toBeNull();
    const wrong = [
      undefined,
      "",
      token,
      `Basic ${token}`,
      `Bearer${token}`,
      `Bearer ${token} `,
      `Bearer  ${token}`,
      "Bearer ",
      `Bearer ${token}x`,
    ];
    for (const header of wrong) expect(refuseBearer(header, token)).toMatchObject({ status: 401 });
  });

  it("is compared whole: no other text passes", () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), (given, secret) => {
        fc.pre(given !== secret);
        expect(refuseBearer(`Bearer ${given}`, secret)?.code).toBe("permission.unauthorised");
      }),
    );
  });
});
