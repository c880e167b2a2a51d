import { createByteCache, GatewayError, isGatewayError } from "@zarr-gateway/primitives";
import fc from "fast-check";
import { expect, it } from "vitest";
import { stepsNeeded } from "../step-plan.ts";
import { toyModel } from "./testing/toy-model.ts";
import { type Toy, toyRollouts } from "./testing/toy-rollouts.ts";
import { Death } from "./testing/toy-session.ts";

const STEPS = 14;
const RUNS = Number(process.env["ROLLOUT_RUNS"] ?? 100);
const VARIABLES = ["a", "b", "d"];

const ask = fc.record({
  kind: fc.constant("ask" as const),
  init: fc.nat(1),
  member: fc.nat(1),
  n: fc.nat(STEPS),
  variable: fc.constantFrom(...VARIABLES),
  client: fc.constantFrom("x", "y", "z"),
});
const pass = fc.record({
  kind: fc.constant("pass" as const),
  ms: fc.constantFrom(0, 500, 1000, 3500, 20_000, 100_000),
});
const cancel = fc.record({ kind: fc.constant("cancel" as const), which: fc.nat(30) });
type Event = typeof ask extends fc.Arbitrary<infer Ask> ? Ask | PassEvent | CancelEvent : never;
type PassEvent = { readonly kind: "pass"; readonly ms: number };
type CancelEvent = { readonly kind: "cancel"; readonly which: number };

const events = fc.array(
  fc.oneof({ weight: 4, arbitrary: ask }, { weight: 2, arbitrary: pass }, { weight: 1, arbitrary: cancel }),
  { maxLength: 30 },
);

const model = fc.record({
  strides: fc.constantFrom([1], [4, 1], [3, 1], [6, 2, 1]),
  history: fc.integer({ min: 1, max: 3 }),
  feed: fc.constantFrom([1], [0, 1]),
});
const settings = fc.record({
  processes: fc.integer({ min: 1, max: 2 }),
  checkpointEvery: fc.integer({ min: 1, max: 5 }),
  maxBatch: fc.integer({ min: 1, max: 3 }),
  lookAhead: fc.nat(2),
  maxStateBytes: fc.constantFrom(1, 200, 1e9),
  maxQueuedRuns: fc.integer({ min: 2, max: 8 }),
  maxWaitMs: fc.constantFrom(5_000, 1e7),
  idleMs: fc.constantFrom(500, 60_000),
});

interface Asked {
  readonly what: typeof ask extends fc.Arbitrary<infer Ask> ? Ask : never;
  readonly stop: AbortController;
  outcome: number[] | "aborted" | GatewayError | undefined;
}

/** Lets the events happen, and what follows from them. */
async function play(toy: Toy, events: readonly Event[]): Promise<Asked[]> {
  const asked: Asked[] = [];
  for (const event of events) {
    if (event.kind === "pass") await toy.clock.pass(event.ms);
    else if (event.kind === "cancel") asked[event.which % Math.max(1, asked.length)]?.stop.abort();
    else asked.push(start(toy, event));
  }
  await toy.clock.pass(100_000_000);
  return asked;
}

function start({ rollouts }: Toy, what: Asked["what"]): Asked {
  const one: Asked = { what, stop: new AbortController(), outcome: undefined };
  rollouts.field(what, { signal: one.stop.signal, client: what.client }).then(
    (values) => {
      one.outcome = [...values];
    },
    (error: unknown) => {
      if (error instanceof GatewayError) one.outcome = error;
      else if (one.stop.signal.aborted) one.outcome = "aborted";
      else throw error;
    },
  );
  return one;
}

async function expectNothingLeft({ rollouts, sessions, clock }: Toy): Promise<void> {
  expect(rollouts.counts).toMatchObject({ waiters: 0, queuedRuns: 0 });
  expect(sessions.flatMap(({ states }) => [...states.values()])).toEqual([]);
  expect(clock.timers).toBe(0);
  await rollouts.close();
}

function expectRight(toy: Toy, asked: readonly Asked[]): void {
  for (const { what, outcome } of asked) {
    expect(outcome, `${JSON.stringify(what)} is settled`).toBeDefined();
    if (Array.isArray(outcome)) expect(outcome).toEqual(toy.reference(what, what.n, what.variable));
  }
}

it("roll-outs give right values or an error, whoever asks, leaves and whatever fails", async () => {
  const failure = fc.constantFrom("none", "invalid", "death", "open");
  await fc.assert(
    fc.asyncProperty(
      fc.record({ model, settings, cacheBytes: fc.constantFrom(0, 4_000, 64e6), maxBatch: fc.nat(2) }),
      fc.array(fc.oneof({ weight: 4, arbitrary: ask }, { weight: 2, arbitrary: pass }, cancel), {
        maxLength: 30,
      }),
      fc.array(failure, { maxLength: 20 }),
      async (options, happening, failures) => {
        const next = (...kinds: string[]): string | undefined =>
          kinds.includes(failures[0] ?? "") || failures[0] === "none" ? failures.shift() : undefined;
        const beforeStep = (): void => {
          const kind = next("invalid", "death");
          if (kind === "invalid") throw new GatewayError("model_output_invalid", "NaN");
          if (kind === "death") throw new Death();
        };
        const toy = toyRollouts({
          model: options.model,
          session: { beforeStep, maxBatch: options.maxBatch + 1 },
          rollouts: { ...options.settings, steps: STEPS, cache: createByteCache(options.cacheBytes) },
          beforeOpen: () => {
            if (next("open") === "open") throw new Error("no memory");
          },
        });
        const asked = await play(toy, happening);
        expectRight(toy, asked);
        await expectNothingLeft(toy);
      },
    ),
    { numRuns: RUNS },
  );
});

it("no step is made twice, and none that nobody needs, while all is kept", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({ model, settings, maxBatch: fc.nat(2) }),
      events,
      async (options, happening) => {
        const bounds = { maxStateBytes: 1e9, maxQueuedRuns: 8, maxWaitMs: 1e7, idleMs: 1e7, lookAhead: 0 };
        const toy = toyRollouts({
          model: options.model,
          session: { maxBatch: options.maxBatch + 1 },
          rollouts: { ...options.settings, steps: STEPS, ...bounds },
        });
        const asked = await play(toy, happening);
        expectRight(toy, asked);
        expect(asked.every(({ outcome }) => !isGatewayError(outcome))).toBe(true);
        const needed = new Set<string>();
        for (const { what } of asked)
          for (const n of stepsNeeded(toyModel(options.model), what.n, () => false))
            needed.add(`${what.init}/${what.member}/${n}`);
        if (asked.some(({ outcome }) => outcome === "aborted"))
          expect(toy.steps()).toBeLessThanOrEqual(needed.size);
        else expect(toy.steps()).toBe(needed.size);
        await expectNothingLeft(toy);
      },
    ),
    { numRuns: RUNS },
  );
});
