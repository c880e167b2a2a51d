import type { Demand } from "./fair-queue.ts";
import type { StepTable } from "./step-table.ts";

/** What a plan has to know of a run. */
export interface RunView {
  readonly phase: "idle" | "loading" | "running";
  readonly home: number | undefined;
  readonly loaded: ReadonlyMap<number, unknown>;
  readonly probed: ReadonlySet<number>;
  readonly isAlone: boolean;
  has(n: number): boolean;
}

/** What comes next on the way of a run to a target. */
export type Move =
  /** States it can start from have to be fetched. */
  | { readonly kind: "load" }
  /** Diagnostics of step number 0. */
  | { readonly kind: "diagnose" }
  | { readonly kind: "step"; readonly n: number };

export interface Part<Run> extends Demand<Run> {
  /** Step that is made; 0: diagnostics of the first state. */
  readonly n: number;
}

/** What a session does next, in one call. */
export type Turn<Run> = readonly Part<Run>[];

export interface TurnContext {
  readonly table: StepTable;
  /** Position of the session that is free. */
  readonly slot: number;
  /** Runs in one call, at most. */
  readonly maxBatch: number;
}

export function nextMove(table: StepTable, run: RunView, target: number): Move {
  if (target === 0) return run.loaded.has(0) ? { kind: "diagnose" } : { kind: "load" };
  const { order, starts } = table.path([target], (n) => run.has(n));
  if (starts.has(0) && !run.has(0)) return { kind: "load" };
  if (order.length > 1 && !run.probed.has(target)) return { kind: "load" };
  return { kind: "step", n: order[0] ?? target };
}

/**
 * The first run in order that this session can advance, and with it others whose next step uses the same network.
 * @param order each run once
 */
export function planTurn<Run extends RunView>(
  order: Iterable<Demand<Run>>,
  { table, slot, maxBatch }: TurnContext,
): Turn<Run> | undefined {
  const parts: Part<Run>[] = [];
  for (const demand of order) {
    const { run } = demand;
    if (run.phase !== "idle" || (run.home !== undefined && run.home !== slot)) continue;
    const move = nextMove(table, run, demand.target);
    if (move.kind === "load") continue;
    const n = move.kind === "step" ? move.n : 0;
    const [leader] = parts;
    if (leader === undefined) {
      parts.push({ ...demand, n });
      if (n === 0 || run.isAlone) break;
    } else if (n > 0 && !run.isAlone && table.network(n) === table.network(leader.n)) {
      parts.push({ ...demand, n });
    }
    if (parts.length >= maxBatch) break;
  }
  return parts.length > 0 ? parts : undefined;
}

/**
 * Runs whose states are to be fetched now, so that they are there when their turn comes.
 * @param room how many more may be on the way
 */
export function planLoads<Run extends RunView>(
  order: Iterable<Demand<Run>>,
  table: StepTable,
  room: number,
): Demand<Run>[] {
  const loads: Demand<Run>[] = [];
  let fresh = 0;
  for (const demand of order) {
    const { run, target } = demand;
    // one that has states already takes no more room, and would keep what it takes for ever if it had to wait for some
    const isFresh = run.loaded.size === 0;
    if (run.phase !== "idle" || (isFresh && fresh >= room)) continue;
    if (nextMove(table, run, target).kind !== "load") continue;
    loads.push(demand);
    if (isFresh) fresh += 1;
  }
  return loads;
}

/** A run that waits for another session, which is busy, and could go on in this one. */
export function planMove<Run extends RunView>(
  order: Iterable<Demand<Run>>,
  slot: number,
  canMove: (demand: Demand<Run>) => boolean,
): Run | undefined {
  for (const demand of order) {
    const { run } = demand;
    if (run.phase === "idle" && run.home !== undefined && run.home !== slot && canMove(demand)) return run;
  }
  return undefined;
}
