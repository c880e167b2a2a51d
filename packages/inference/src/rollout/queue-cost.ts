import type { FairQueue } from "./fair-queue.ts";
import type { StepTable } from "./step-table.ts";
import type { StepTimes } from "./step-times.ts";

/** What a field would cost: its own steps, and those of others that come first. */
export interface Cost {
  readonly ownSteps: number;
  readonly aheadSteps: number;
  readonly ownMs: number | undefined;
  readonly aheadMs: number;
}

/** Time of the steps on a way; undefined before the first step was timed. */
export function pathMs(order: readonly number[], table: StepTable, times: StepTimes): number | undefined {
  if (times.mean === undefined) return undefined;
  return order.reduce((sum, n) => sum + (times.of(table.network(n)?.key ?? "") ?? 0), 0);
}

/**
 * Steps that come first when turns go around: of every other client, and of every other run of the same one, as many as
 * there are own steps at the most.
 */
export function stepsAhead<Run extends { readonly remaining: number }>(
  queue: FairQueue<Run>,
  { run, client, ownSteps }: { readonly run: Run; readonly client: string; readonly ownSteps: number },
): number {
  const ofClients = new Map<string, number>();
  let ahead = 0;
  for (const other of queue.inOrder()) {
    if (other.run === run) continue;
    const { remaining } = other.run;
    if (other.client === client) ahead += Math.min(remaining, ownSteps);
    else ofClients.set(other.client, (ofClients.get(other.client) ?? 0) + remaining);
  }
  for (const steps of ofClients.values()) ahead += Math.min(steps, ownSteps);
  return ahead;
}
