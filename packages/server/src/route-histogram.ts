/** Seconds; from an answer out of memory to a model run. */
const BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60] as const;

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly buckets: Float64Array;
  seconds: number;
  bytes: number;
}

interface MetricValue {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly metricName?: string;
}

/**
 * Requests, their time and their bytes by route, method and status class. Recording is a map look-up and three
 * additions, because it happens on every request; prom-client's own histogram hashes its labels each time.
 */
export class RouteHistogram {
  readonly #series = new Map<string, Map<string, Series>>();

  record(route: string, method: string, status: number, seconds: number, bytes: number): void {
    const key = `${method} ${Math.floor(status / 100)}`;
    const series = this.#series.get(route)?.get(key) ?? this.#add(key, route, method, status);
    let bucket = 0;
    while (bucket < BOUNDS.length && seconds > (BOUNDS[bucket] ?? 0)) bucket += 1;
    series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
    series.seconds += seconds;
    series.bytes += bytes;
  }

  #add(key: string, route: string, method: string, status: number): Series {
    const ofRoute = this.#series.get(route) ?? new Map<string, Series>();
    this.#series.set(route, ofRoute);
    const series = createSeries(route, method, status);
    ofRoute.set(key, series);
    return series;
  }

  /** In prom-client's form of a histogram. */
  durations(name: string): readonly MetricValue[] {
    return this.#all().flatMap(({ labels, buckets, seconds }) => {
      let count = 0;
      const cumulative = [...BOUNDS, "+Inf"].map((bound, position) => {
        count += buckets[position] ?? 0;
        return { labels: { le: String(bound), ...labels }, value: count, metricName: `${name}_bucket` };
      });
      return [
        ...cumulative,
        { labels, value: seconds, metricName: `${name}_sum` },
        { labels, value: count, metricName: `${name}_count` },
      ];
    });
  }

  requests(): readonly MetricValue[] {
    return this.#all().map(({ labels, buckets }) => ({ labels, value: buckets.reduce((a, b) => a + b, 0) }));
  }

  bytes(): readonly MetricValue[] {
    return this.#all().map(({ labels, bytes }) => ({ labels, value: bytes }));
  }

  #all(): Series[] {
    return [...this.#series.values()].flatMap((ofRoute) => [...ofRoute.values()]);
  }
}

function createSeries(route: string, method: string, status: number): Series {
  return {
    labels: { route, method, status: `${Math.floor(status / 100)}xx` },
    buckets: new Float64Array(BOUNDS.length + 1),
    seconds: 0,
    bytes: 0,
  };
}
