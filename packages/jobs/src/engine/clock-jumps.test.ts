import { describe, expect, it } from "vitest";
import type { Clock } from "../clock.ts";
import { memoryJobStore } from "../store/memory-job-store.ts";
import { claimOne, NO_RULE, twoStepJob } from "../store/suite/fixtures.ts";
import { engineSettings } from "./engine-options.ts";
import { Sweep } from "./sweep.ts";

const HOUR = 3_600_000;

/** A clock that somebody sets. */
class SetClock implements Clock {
  passed = 0;
  set = 10 * HOUR;
  now = (): number => this.set + this.passed;
  elapsed = (): number => this.passed;
  after = (): (() => void) => () => {};
}

async function oneRunning() {
  const clock = new SetClock();
  const store = memoryJobStore();
  const settings = engineSettings({ store, clock, leaseMs: 30_000, random: () => 0 });
  const sweep = new Sweep({ settings, onCancelled: () => {} });
  await store.create(twoStepJob("a", { createdAt: clock.now() }), NO_RULE);
  const claim = await claimOne(store, { now: clock.now(), leaseMs: 30_000 });
  const attempt = { task: claim.task.key, step: claim.step.name, fence: claim.step.fence };
  const beat = () =>
    store.append("a", [{ type: "lease_renewed", until: clock.now() + 30_000, at: clock.now(), ...attempt }]);
  const state = async () => (await store.get("a"))?.tasks[0]?.steps[0]?.state;
  const passes = async (ms: number, isAlive: boolean) => {
    for (const end = clock.passed + ms; clock.passed < end; clock.passed += 500) {
      if (isAlive && clock.passed % 2000 === 0) await beat();
      await sweep.round();
    }
  };
  await passes(1000, true);
  return { clock, passes, state };
}

describe("leases when the clock is set", () => {
  for (const jump of [HOUR, -HOUR])
    it(`${jump > 0 ? "forwards" : "backwards"}: who lives keeps its step, who died loses it within two leases`, async () => {
      const living = await oneRunning();
      living.clock.set += jump;
      await living.passes(120_000, true);
      expect(await living.state()).toBe("running");
      const dead = await oneRunning();
      dead.clock.set += jump;
      await dead.passes(25_000, false);
      expect(await dead.state()).toBe("running");
      await dead.passes(35_000, false);
      expect(await dead.state()).toBe("ready");
    });
});
