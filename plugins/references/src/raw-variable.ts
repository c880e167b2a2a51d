import { type ArrayDescription, canFormatV2, planFillV2 } from "@zarr-gateway/codecs";
import type { StoredChunks, Variable } from "@zarr-gateway/dataset";

/** A variable whose stored chunks can be published byte for byte. */
export interface RawVariable {
  readonly description: ArrayDescription;
  readonly stored: StoredChunks;
  /** True where chunks that were never written must be served, see `planFillV2`. */
  readonly fillsMissingChunks: boolean;
}

/** The stored chunks of a variable in the words of Zarr v2, or a sentence why there are none. */
export function rawVariableOf({ source, dims, attrs }: Variable, name: string): RawVariable | string {
  const { stored, dtype, fill } = source;
  if (!stored) return "its chunks have no place of their own in the source";
  const encoding = { dtype, grid: stored.grid, fill, codecs: stored.codecs };
  if (!canFormatV2(encoding)) {
    const codecs = stored.codecs.map((codec) => codec.name).join(", ");
    return `Zarr v2 has no words for its codecs: ${codecs}`;
  }
  return {
    description: { encoding, dims: dims.map((dim, axis) => dim ?? `${name}_dim_${axis}`), attrs },
    stored,
    fillsMissingChunks: planFillV2(dtype, fill, attrs).fillsMissingChunks,
  };
}
