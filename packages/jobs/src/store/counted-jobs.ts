import type { DefinitionStats } from "../job-stats.ts";
import type { JobState } from "../record.ts";

/** Gathers counts by definition and state, in whatever order they come. */
export class CountedJobs {
  readonly #states = new Map<string, Map<JobState, number>>();
  readonly #oldest = new Map<string, number>();

  add(definition: string, state: JobState, count: number): void {
    const states = this.#states.get(definition) ?? new Map<JobState, number>();
    states.set(state, (states.get(state) ?? 0) + count);
    this.#states.set(definition, states);
  }

  queuedAt(definition: string, createdAt: number): void {
    this.#oldest.set(definition, Math.min(createdAt, this.#oldest.get(definition) ?? Infinity));
  }

  /** By name. */
  definitions(): readonly DefinitionStats[] {
    return [...this.#states].sort(byName).map(([definition, states]) => {
      const jobs = Object.fromEntries([...states].filter(([, count]) => count > 0));
      const oldestQueuedAt = this.#oldest.get(definition);
      return { definition, jobs, ...(oldestQueuedAt === undefined ? {} : { oldestQueuedAt }) };
    });
  }
}

function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1;
}
