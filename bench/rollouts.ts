/**
 * What queue, plan and cache of roll-outs cost beside the model: `node bench/rollouts.ts`. Sessions do no arithmetic.
 */
import { setTimeout as delay } from "node:timers/promises";
import {
  createRollouts,
  type Fields,
  type InitialConditions,
  Instants,
  type ModelPackage,
  type ModelSession,
  type Rollouts,
  type StepRequest,
  type StepResult,
} from "@zarr-gateway/inference";
import { createByteCache } from "@zarr-gateway/primitives";

const VARIABLES = ["z", "q", "t", "u", "v", "msl", "u10m", "v10m", "t2m"];
const VALUES = 181 * 360;
const WALK = { leads: 40, stepMs: 50, pairs: 5 };
const FREE = { leads: 400, runs: 5 };

const fields: Fields = new Map(VARIABLES.map((name) => [name, new Float32Array(VALUES)]));
const model: ModelPackage = {
  attrs: {},
  version: "1",
  runtime: { name: "onnx" },
  stepMs: 3_600_000,
  history: 1,
  grid: [{ name: "x", labels: Array.from({ length: VALUES }, (_, x) => x) }],
  vertical: { name: "level", units: "hPa", standardName: "air_pressure", positive: "down" },
  levels: {},
  variables: VARIABLES.map((name) => ({ name, role: "state", attrs: {}, nan: "refuse" })),
  networks: [
    {
      key: "networks[0]",
      stride: 1,
      when: { from: 1, to: Number.POSITIVE_INFINITY, every: 1 },
      inputs: [],
      outputs: [],
    },
  ],
  diagnostics: [],
};
const conditions: InitialConditions = {
  calendar: "standard",
  times: Instants.of(Array.from({ length: 1000 }, (_, day) => ({ day, nanoseconds: 0 }))),
  version: "1",
  state: () => Promise.resolve({ n: 0, entries: [fields] }),
};

/** A model whose step takes as long as it is told, and nothing of this process. */
function idleSession(stepMs: number): ModelSession {
  let next = 1;
  const result = (): StepResult => ({ state: next++, fields: Promise.resolve(fields) });
  return {
    providers: ["none"],
    maxBatch: 1,
    counts: { steps: 0, diagnostics: 0 },
    isAlive: true,
    begin: () => Promise.resolve({ state: next++, fields: new Map() }),
    async step(requests: readonly StepRequest[]) {
      if (stepMs > 0) await delay(stepMs);
      return requests.map(result);
    },
    read: () => Promise.resolve({ n: 0, entries: [fields] }),
    release: () => {},
    close: () => Promise.resolve(),
  };
}

function rolloutsOf(stepMs: number, steps: number): Rollouts {
  return createRollouts({
    ...{ model, conditions, steps, members: 1, keyPrefix: "bench" },
    session: () => Promise.resolve(idleSession(stepMs)),
    cache: createByteCache(1024 ** 3),
    maxWaitMs: 1e9,
  });
}

/** CPU time of this process for one step of a roll-out that costs nothing. */
async function overheadMs(): Promise<number> {
  const rollouts = rolloutsOf(0, FREE.leads);
  await rollouts.field({ init: 999, member: 0, n: FREE.leads, variable: "t" });
  const start = process.cpuUsage();
  for (let init = 0; init < FREE.runs; init++)
    await rollouts.field({ init, member: 0, n: FREE.leads, variable: "t" });
  const { user, system } = process.cpuUsage(start);
  await rollouts.close();
  return (user + system) / 1000 / (FREE.runs * FREE.leads);
}

/** All variables of lead after lead, as a client reads them. */
async function walkMs(rollouts: Rollouts, init: number): Promise<number> {
  const start = performance.now();
  for (let n = 1; n <= WALK.leads; n++)
    for (const variable of VARIABLES) await rollouts.field({ init, member: 0, n, variable });
  return performance.now() - start;
}

/** The same number of steps, one after the other and nothing else. */
async function bareMs(): Promise<number> {
  const session = idleSession(WALK.stepMs);
  const run = { calendar: "standard" as const, initialTime: { day: 0, nanoseconds: 0 }, member: 0 };
  const start = performance.now();
  for (let n = 1; n <= WALK.leads; n++) await session.step([{ run, n, from: new Map([[n - 1, n]]) }]);
  return performance.now() - start;
}

const overhead = await overheadMs();
const rollouts = rolloutsOf(WALK.stepMs, WALK.leads);
const shares: number[] = [];
for (let pair = 0; pair < WALK.pairs; pair++) {
  const bare = await bareMs();
  shares.push(bare / (await walkMs(rollouts, pair)));
}
await rollouts.close();
const [least = 0, , middle = 0] = shares.sort((a, b) => a - b);
const mib = (VARIABLES.length * VALUES * 4) / 1024 ** 2;
console.log(
  `a step that costs nothing, ${VARIABLES.length} variables, ${mib.toFixed(1)} MiB: ${overhead.toFixed(3)} ms of CPU`,
);
console.log(
  `${WALK.leads} leads in order, steps of ${WALK.stepMs} ms: ${(100 * middle).toFixed(1)} % of the model's rate ` +
    `(median of ${WALK.pairs} pairs, least ${(100 * least).toFixed(1)} %)`,
);
