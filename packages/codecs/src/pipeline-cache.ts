import type { CodecSpec, FillValue } from "@zarr-gateway/dataset";
import type { ArrayLayout } from "./codec.ts";
import { loadPipeline, type Pipeline } from "./pipeline.ts";

/** Pipelines of the arrays used last, because parsing configurations costs more than coding a small chunk. */
export interface PipelineCache {
  get(codecs: readonly CodecSpec[], layout: ArrayLayout): Promise<Pipeline>;
}

const MAX_PIPELINES = 256;

export function createPipelineCache(): PipelineCache {
  const pipelines = new Map<string, Promise<Pipeline>>();
  return {
    get(codecs, layout) {
      const key = keyOf(codecs, layout);
      const known = pipelines.get(key);
      if (known) {
        pipelines.delete(key);
        pipelines.set(key, known);
        return known;
      }
      const loading = loadPipeline(codecs, layout);
      pipelines.set(key, loading);
      loading.catch(() => pipelines.delete(key));
      const [oldest] = pipelines.keys();
      if (pipelines.size > MAX_PIPELINES && oldest !== undefined) pipelines.delete(oldest);
      return loading;
    },
  };
}

/** Texts of lists of codecs that are still in use: an array has one for all its chunks. */
const CHAINS = new WeakMap<readonly CodecSpec[], string>();

function keyOf(codecs: readonly CodecSpec[], { dtype, shape, fill }: ArrayLayout): string {
  return `${dtype} ${shape.join("x")} ${fillKey(fill)} ${chainKey(codecs)}`;
}

function chainKey(codecs: readonly CodecSpec[]): string {
  const known = CHAINS.get(codecs);
  if (known !== undefined) return known;
  const key = JSON.stringify(codecs, (_, value: unknown) =>
    typeof value === "bigint" ? Number(value) : value,
  );
  CHAINS.set(codecs, key);
  return key;
}

/** Unlike JSON, tells NaN from null and 0 from -0. */
function fillKey(fill: FillValue | null): string {
  if (Object.is(fill, -0)) return "-0";
  return `${typeof fill}:${String(fill)}`;
}
