import type { ByteCache } from "@zarr-gateway/primitives";
import type { Registry } from "prom-client";
import { registerGathered } from "./gathered.ts";

interface CacheMetric {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly memory?: (cache: ByteCache) => number;
  readonly disk?: (counts: NonNullable<ByteCache["disk"]>) => number;
}

const METRICS: readonly CacheMetric[] = [
  {
    name: "zarr_gateway_cache_hits_total",
    type: "counter",
    help: "Reads answered by a cache; those of the disk are among the misses of the memory",
    memory: (cache) => cache.hits,
    disk: (counts) => counts.hits,
  },
  {
    name: "zarr_gateway_cache_misses_total",
    type: "counter",
    help: "Reads that a cache could not answer",
    memory: (cache) => cache.misses,
    disk: (counts) => counts.misses,
  },
  {
    name: "zarr_gateway_cache_evictions_total",
    type: "counter",
    help: "Entries that made room for others",
    memory: (cache) => cache.evictions,
    disk: (counts) => counts.evictions,
  },
  {
    name: "zarr_gateway_cache_bytes",
    type: "gauge",
    help: "Bytes in a cache; on disk those of all processes",
    memory: (cache) => cache.bytes,
    disk: (counts) => counts.bytes,
  },
  {
    name: "zarr_gateway_cache_writes_total",
    type: "counter",
    help: "Entries written to disk",
    disk: (counts) => counts.writes,
  },
  {
    name: "zarr_gateway_cache_dropped_total",
    type: "counter",
    help: "Entries not written because the disk could not keep up, or failed",
    disk: (counts) => counts.dropped,
  },
  {
    name: "zarr_gateway_cache_damaged_total",
    type: "counter",
    help: "Entries on disk that were damaged, and removed",
    disk: (counts) => counts.damaged,
  },
];

/** One value a level: memory, and disk where there is one. */
export function registerCacheMetrics(registry: Registry, cache: ByteCache): void {
  for (const { name, type, help, memory, disk } of METRICS) {
    registerGathered(registry, name, type, help, () => [
      ...(memory ? [{ labels: { level: "memory" }, value: memory(cache) }] : []),
      ...(disk && cache.disk ? [{ labels: { level: "disk" }, value: disk(cache.disk) }] : []),
    ]);
  }
}
