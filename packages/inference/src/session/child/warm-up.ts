import type { ModelPackage, NetworkPlan } from "../../model-package.ts";
import type { Fields, ModelSession, ModelState, Run, StateHandle } from "../../model-session.ts";
import { networkFor, statesBefore } from "../../step-plan.ts";

/** Step numbers among which one of every network is looked for. */
const MAX_N = 1000;
const RUN: Run = { calendar: "standard", initialTime: { day: 0, nanoseconds: 0 }, member: 0 };

/**
 * One step of every network on a state of zeros: devices compile their programs at the first run. Its outcome does not
 * matter. On the processor alone nothing is compiled, and a step may take minutes, so that it is left out there.
 */
export async function warmUp(
  model: ModelPackage,
  session: ModelSession,
  isWanted = isCompiled(model, session),
): Promise<void> {
  if (!isWanted) return;
  const seen = new Set<NetworkPlan>();
  for (let n = 1; n <= MAX_N && seen.size < model.networks.length; n++) {
    const network = networkFor(model, n);
    if (network === undefined || seen.has(network)) continue;
    seen.add(network);
    await dryStep(model, session, n);
  }
}

function isCompiled({ runtime }: ModelPackage, { providers }: ModelSession): boolean {
  return runtime.name === "onnx" && providers.some((provider) => provider !== "cpu");
}

async function dryStep(model: ModelPackage, session: ModelSession, n: number): Promise<void> {
  const handles: StateHandle[] = [];
  try {
    const from = new Map<number, StateHandle>();
    for (const before of statesBefore(model, n)) {
      const { state } = await session.begin(RUN, zeros(model, before));
      handles.push(state);
      from.set(before, state);
    }
    for (const { state } of await session.step([{ run: RUN, n, from }])) handles.push(state);
  } catch {
    // zeros may be no weather: what the network says of them is no failure
  } finally {
    for (const state of handles) session.release(state);
  }
}

function zeros(model: ModelPackage, n: number): ModelState {
  const size = model.grid.reduce((product, { labels }) => product * labels.length, 1);
  const fields: Fields = new Map(
    model.variables
      .filter(({ role }) => role === "state")
      .map(({ name, levels }) => {
        const count = levels === undefined ? 1 : (model.levels[levels]?.length ?? 1);
        return [name, new Float32Array(size * count)];
      }),
  );
  return { n, entries: Array.from({ length: model.history }, () => fields) };
}
