import { describe, expect, it } from "vitest";
import { handClock, openTestApprovals, temporaryDirectory } from "./setup.ts";

const limited = (seconds: number) =>
  expect.objectContaining({ code: "request.rate-limited", hint: expect.stringContaining(` ${seconds} seconds`) });

describe("RateLimiter", () => {
  it("counts per principal and kind over a sliding hour, over restarts", async () => {
    const home = temporaryDirectory();
    const clock = handClock();
    const first = await openTestApprovals({ home, clock, approvals: 3 });
    for (let count = 0; count < 3; count++) {
      first.limiter.take("a", "approval");
      clock.advance(1_000_000);
    }
    const second = await openTestApprovals({ home, clock, approvals: 3 });
    expect(() => second.limiter.take("a", "approval")).toThrow(limited(600));
    second.limiter.take("b", "approval");
    second.limiter.take("a", "file");
    clock.advance(599_999);
    expect(() => second.limiter.take("a", "approval")).toThrow(limited(1));
    clock.advance(1);
    second.limiter.take("a", "approval");
    expect(() => first.limiter.take("a", "approval")).toThrow(limited(1_000));
  });

  it("blocks for no longer than an hour when the clock is set back", async () => {
    const clock = handClock();
    const { limiter } = await openTestApprovals({ clock, approvals: 1 });
    limiter.take("a", "approval");
    clock.setWall(clock.wall() - 86_400_000);
    expect(() => limiter.take("a", "approval")).toThrow(limited(3_600));
    clock.advance(3_600_000);
    limiter.take("a", "approval");
  });
});
