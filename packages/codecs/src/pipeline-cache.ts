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

function keyOf(codecs: readonly CodecSpec[], { dtype, shape, fill }: ArrayLayout): string {
  const chain = JSON.stringify(codecs, (_, value: unknown) =>
    typeof value === "bigint" ? Number(value) : value,
  );
  return `${dtype} ${shape.join("x")} ${fillKey(fill)} ${chain}`;
}

/** Unlike JSON, tells NaN from null and 0 from -0. */
function fillKey(fill: FillValue | null): string {
  if (Object.is(fill, -0)) return "-0";
  return `${typeof fill}:${String(fill)}`;
}
