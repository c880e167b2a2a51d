import type { MapCounts, MapSamples } from "@zarr-gateway/inference";
import type { PluginMetric } from "@zarr-gateway/plugin";

type Counted = Pick<MapSamples, "counts">;

/** What maps have cost since the start, over all their versions: what was counted does not fall when one is closed. */
export class MapMetrics {
  readonly #open = new Map<string, Set<Counted>>();
  readonly #past = new Map<string, Pick<MapCounts, "samples" | "tiles">>();

  constructor(ids: Iterable<string>) {
    for (const id of ids) {
      this.#open.set(id, new Set());
      this.#past.set(id, { samples: 0, tiles: 0 });
    }
  }

  opened(id: string, samples: Counted): void {
    this.#open.get(id)?.add(samples);
  }

  closed(id: string, closed: Counted): void {
    const past = this.#past.get(id);
    if (past === undefined || this.#open.get(id)?.delete(closed) !== true) return;
    const { samples, tiles } = closed.counts;
    this.#past.set(id, { samples: past.samples + samples, tiles: past.tiles + tiles });
  }

  /** Each map from the start, 0 where nothing was asked. */
  metrics(): PluginMetric[] {
    const metric = (
      name: keyof MapCounts,
      rest: Pick<PluginMetric, "name" | "type" | "help">,
    ): PluginMetric => ({
      ...rest,
      values: () => [...this.#open.keys()].map((map) => ({ labels: { map }, value: this.#sum(map, name) })),
    });
    return [
      metric("samples", {
        name: "zarr_gateway_map_samples_total",
        type: "counter",
        help: "Samples that a map's model was run on",
      }),
      metric("tiles", {
        name: "zarr_gateway_map_tiles_total",
        type: "counter",
        help: "Runs of a network on one tile of a sample",
      }),
      metric("waiters", {
        name: "zarr_gateway_map_waiters",
        type: "gauge",
        help: "Requests that wait for a sample",
      }),
    ];
  }

  #sum(id: string, name: keyof MapCounts): number {
    const past = name === "waiters" ? 0 : (this.#past.get(id)?.[name] ?? 0);
    return [...(this.#open.get(id) ?? [])].reduce((sum, { counts }) => sum + counts[name], past);
  }
}
