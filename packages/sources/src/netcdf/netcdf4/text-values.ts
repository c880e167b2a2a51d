import { type Chunk, isStringValues } from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { GlobalHeap } from "../hdf5/index.ts";
import { textOf } from "./element-type.ts";
import type { VariableContext } from "./variable-context.ts";

/** Turns the stored form of texts (bytes of fixed size, or references to the heap) into texts; other chunks pass. */
export async function withTexts(
  chunk: Chunk,
  { element, dataset, file }: Pick<VariableContext, "element" | "dataset" | "file">,
  options: CallOptions = {},
): Promise<Chunk> {
  if (element.text === "none") return chunk;
  const { values } = chunk;
  if (isStringValues(values)) return chunk;
  if (!(values instanceof Uint8Array))
    throw new GatewayError("internal", "stored texts were not decoded to bytes");
  if (element.text === "variable") {
    const heap = new GlobalHeap(file.buffered());
    return { shape: chunk.shape, values: await heap.texts(values, options) };
  }
  const { type } = dataset;
  const count = Math.floor(values.length / type.size);
  const texts = Array.from({ length: count }, (_, i) =>
    textOf(values.subarray(i * type.size, (i + 1) * type.size)),
  );
  return { shape: chunk.shape, values: texts };
}
