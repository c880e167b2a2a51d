/** Something that a client waits for. */
export interface Demand<Run> {
  readonly client: string;
  readonly run: Run;
  /** Its nearest lead that this client waits for. */
  readonly target: number;
}

/** By run the leads that a client waits for, with how often. */
type Wanted<Run> = Map<Run, Map<number, number>>;

/**
 * Who wants what, in the order in which turns are given: clients in a ring, and the runs of each in a ring of its own. Whoever
 * comes goes to the end of the ring, so that nobody gains by leaving and coming back.
 */
export class FairQueue<Run> {
  readonly #clients = new Map<string, Wanted<Run>>();

  get clientCount(): number {
    return this.#clients.size;
  }

  /** Runs that a client waits for. */
  runsOf(client: string): Iterable<Run> {
    return this.#clients.get(client)?.keys() ?? [];
  }

  add({ client, run, target }: Demand<Run>): void {
    const wanted = upsert<string, Wanted<Run>>(this.#clients, client, () => new Map());
    const targets = upsert(wanted, run, () => new Map<number, number>());
    targets.set(target, (targets.get(target) ?? 0) + 1);
  }

  remove({ client, run, target }: Demand<Run>): void {
    const wanted = this.#clients.get(client);
    const targets = wanted?.get(run);
    const count = targets?.get(target);
    if (wanted === undefined || targets === undefined || count === undefined) return;
    if (count > 1) targets.set(target, count - 1);
    else targets.delete(target);
    if (targets.size === 0) wanted.delete(run);
    if (wanted.size === 0) this.#clients.delete(client);
  }

  /** The first run of every client, then the second of every client that has one, and so on; each run once. */
  *inOrder(): Generator<Demand<Run>> {
    const seen = new Set<Run>();
    let open = [...this.#clients].map(([client, wanted]) => ({ client, runs: wanted.entries() }));
    while (open.length > 0) {
      const still: typeof open = [];
      for (const one of open) {
        const next = one.runs.next();
        if (next.done) continue;
        still.push(one);
        const [run, targets] = next.value;
        if (seen.has(run)) continue;
        seen.add(run);
        yield { client: one.client, run, target: Math.min(...targets.keys()) };
      }
      open = still;
    }
  }

  /** Client and run have had their turn. */
  toEnd({ client, run }: Pick<Demand<Run>, "client" | "run">): void {
    const wanted = this.#clients.get(client);
    if (wanted === undefined) return;
    this.#clients.delete(client);
    this.#clients.set(client, wanted);
    const targets = wanted.get(run);
    if (targets === undefined) return;
    wanted.delete(run);
    wanted.set(run, targets);
  }
}

function upsert<Key, Value>(map: Map<Key, Value>, key: Key, create: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const created = create();
  map.set(key, created);
  return created;
}
