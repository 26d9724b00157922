import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Embedded } from "../../../src/embed/onnx/worker-protocol.ts";
import { createAdmission } from "../../../src/embed/service/admission.ts";
import { CLIENTS, clientConfig } from "../../../src/embed/service/client-config.ts";
import { createServiceMetrics } from "../../../src/embed/service/service-metrics.ts";
import { createSingleFlight } from "../../../src/embed/service/single-flight.ts";

describe("createAdmission", () => {
  it("lets Roo's heaviest load wait, and turns away what would wait too long, saying for how long", () => {
    const admission = createAdmission(() => 0);
    const leave = Array.from({ length: 30 }, () => admission.enter(60 * 350));
    expect(admission.waitingTokens).toBe(630_000);
    const more = () => admission.enter(600_000);
    expect(more).toThrow(
      expect.objectContaining({ status: 429, headers: { "retry-after": "15", "retry-after-ms": "15000" } }),
    );
    for (const each of leave) each(false);
    expect(admission.waitingTokens).toBe(0);
    // Alone, even the largest request is taken.
    expect(() => admission.enter(10_000_000)(true)).not.toThrow();
  });

  it("learns the rate while there is work, and not from idle time", () => {
    let clock = 0;
    const admission = createAdmission(() => clock);
    for (let round = 0; round < 40; round += 1) {
      const leave = admission.enter(10_000);
      clock += 1_000;
      leave(true);
      clock += 60_000;
    }
    expect(admission.rate).toBeGreaterThan(9_000);
    expect(admission.rate).toBeLessThan(10_001);
  });

  it("never counts below nothing, however often work is left", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1_000), fc.boolean(), fc.boolean())), (jobs) => {
        const admission = createAdmission(() => 0);
        for (const [tokens, computed, twice] of jobs) {
          const leave = admission.enter(tokens);
          leave(computed);
          if (twice) leave(computed);
        }
        expect(admission.waitingTokens).toBe(0);
      }),
    );
  });
});

describe("createServiceMetrics", () => {
  it("tells how late the event loop is, which is not how often that is measured", () => {
    const admissions = { of: () => createAdmission(), waitingTokens: 0, rate: 0 };
    const metrics = createServiceMetrics({ cache: null, admissions, flights: createSingleFlight<Embedded>() });
    onTestFinished(() => metrics.end());
    expect(metrics.registry.text()).toMatch(/^nodejs_eventloop_lag_p99_seconds 0$/m);
  });

  it("counts each request in every bucket that it fits", () => {
    const admissions = { of: () => createAdmission(), waitingTokens: 0, rate: 0 };
    const metrics = createServiceMetrics({ cache: null, admissions, flights: createSingleFlight<Embedded>() });
    onTestFinished(() => metrics.end());
    for (const seconds of [0.001, 0.1, 0.3, 1_000]) metrics.seconds.observe(seconds);
    const text = metrics.registry.text();
    const bucket = (le: string) => Number(text.split(`te_request_duration_bucket{le="${le}"} `)[1]?.split("\n")[0]);
    expect(["0.005", "0.05", "0.1", "0.25", "0.5", "300", "+Inf"].map(bucket)).toEqual([1, 1, 2, 2, 3, 3, 4]);
  });
});

describe("clientConfig", () => {
  const address = { origin: "http://127.0.0.1:4000", model: "jina-code-v2", dimensions: 768, apiKey: null };

  it.each(CLIENTS)("tells %s the address, the model and a key", (client) => {
    const text = clientConfig(client, address);
    expect(text).toContain("http://127.0.0.1:4000/v1");
    expect(text).toContain("jina-code-v2");
    expect(text).toContain("not-needed");
    expect(clientConfig(client, { ...address, apiKey: "secret" })).toContain("secret");
  });

  it("tells Roo the dimensions, and names the clients it knows", () => {
    expect(clientConfig("roo", address)).toContain("768");
    expect(() => clientConfig("emacs", address)).toThrow(expect.objectContaining({ code: "request.unknown-client" }));
  });
});
