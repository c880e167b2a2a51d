import { chunkIndices, type Dataset, elementCount, type Variable } from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { isMeasured, longestText } from "./external-form.ts";

/** Texts that are read to learn how long they are. */
const MAX_TEXTS = 10_000_000;

export function hasUnknownLength({ source }: Variable): boolean {
  return isMeasured(source.dtype);
}

/** UTF-8 bytes of the longest text of every variable that has texts of any length. */
export async function measuredTexts(
  group: Dataset,
  options: CallOptions,
): Promise<ReadonlyMap<string, number>> {
  const lengths = new Map<string, number>();
  for (const variable of group.variables.values())
    if (hasUnknownLength(variable)) lengths.set(variable.name, await longestOf(variable, options));
  return lengths;
}

async function longestOf({ name, source }: Variable, options: CallOptions): Promise<number> {
  const { grid, dtype, fill } = source;
  if (elementCount(grid.shape) > MAX_TEXTS)
    throw new GatewayError(
      "too_large",
      `"${name}" has more than ${MAX_TEXTS} texts, which would all have to be read`,
    );
  let longest = typeof fill === "string" ? Buffer.byteLength(fill) : 0;
  for (const index of chunkIndices(grid)) {
    options.signal?.throwIfAborted();
    const chunk = await source.read(index, options);
    if (chunk !== undefined) longest = Math.max(longest, longestText(dtype, chunk.values));
  }
  return longest;
}
