import type { MetricValue, PluginMetric } from "@zarr-gateway/plugin";
import type { EndedAttempt, StoreObserver } from "./observed-store.ts";

/** Upper bounds in seconds: a step is a request to somebody, or a day on a GPU. */
const BOUNDS = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400] as const;

interface Durations {
  readonly counts: number[];
  sum: number;
}

/** What this process has seen steps do. */
export class JobMetrics implements StoreObserver {
  readonly #now: () => number;
  readonly #durations = new Map<string, Durations>();
  readonly #attempts = new Map<string, number>();
  #lookedAt: number | undefined;
  #refusal: { readonly at: number; readonly reason: string } | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Milliseconds since 1970 at which a worker of this process looked for work last. */
  get lookedAt(): number | undefined {
    return this.#lookedAt;
  }

  attemptEnded({ definition, step, outcome, seconds }: EndedAttempt): void {
    const key = JSON.stringify([definition, step, outcome]);
    this.#attempts.set(key, (this.#attempts.get(key) ?? 0) + 1);
    const durations = this.#durations.get(step) ?? { counts: [...BOUNDS, 0].map(() => 0), sum: 0 };
    this.#durations.set(step, durations);
    const place = BOUNDS.findIndex((bound) => seconds <= bound);
    const index = place < 0 ? BOUNDS.length : place;
    durations.counts[index] = (durations.counts[index] ?? 0) + 1;
    durations.sum += seconds;
  }

  looked(): void {
    this.#lookedAt = this.#now();
  }

  wrote(): void {
    this.#refusal = undefined;
  }

  refused(reason: string): void {
    this.#refusal = { at: this.#now(), reason };
  }

  /** Why the store could not take the last change, where that was within `withinMs`. */
  refusal(withinMs: number): string | undefined {
    const isRecent = this.#refusal !== undefined && this.#now() - this.#refusal.at < withinMs;
    return isRecent ? this.#refusal?.reason : undefined;
  }

  metrics(): readonly PluginMetric[] {
    return [
      {
        name: DURATION,
        type: "histogram",
        help: "Time that attempts of steps took, by step",
        values: () => [...this.#durations].flatMap(([step, durations]) => histogram(step, durations)),
      },
      {
        name: "zarr_gateway_job_attempts_total",
        type: "counter",
        help: "Attempts of steps that ended, by outcome",
        values: () => [...this.#attempts].map(([key, value]) => attemptValue(key, value)),
      },
    ];
  }
}

const DURATION = "zarr_gateway_job_step_duration_seconds";

function attemptValue(key: string, value: number): MetricValue {
  const [definition = "", step = "", outcome = ""] = JSON.parse(key) as string[]; // written in attemptEnded
  return { labels: { definition, step, outcome }, value };
}

function histogram(step: string, { counts, sum }: Durations): MetricValue[] {
  let below = 0;
  const buckets = [...BOUNDS, "+Inf"].map((bound, position) => {
    below += counts[position] ?? 0;
    return { labels: { step, le: String(bound) }, value: below, metricName: `${DURATION}_bucket` };
  });
  return [
    ...buckets,
    { labels: { step }, value: sum, metricName: `${DURATION}_sum` },
    { labels: { step }, value: below, metricName: `${DURATION}_count` },
  ];
}
