import type { Tensor, TensorMetadata } from "../../network.ts";
import { bytesPerElement } from "./datatypes.ts";

/** Names, shapes and parameters. */
const HEADER_BYTES = 1024 * 1024;
/** The longest float64 as text with its comma, spaces and brackets. */
const JSON_BYTES = 32;
/** How much longer than the longest axis of the inputs a free one of an output may be: a finer grid. */
const GROWTH = 16;

/** How long an answer may be: what the outputs have; where axes are free, what a grid 16 times finer has. */
export function answerLimit(
  outputs: readonly TensorMetadata[],
  feeds: ReadonlyMap<string, Tensor>,
): { readonly binaryBytes: number; readonly jsonBytes: number } {
  const given = [...feeds.values()];
  const longest = Math.max(1, ...given.flatMap(({ shape }) => shape));
  const most = GROWTH ** 2 * Math.max(1, ...given.map(({ values }) => values.length));
  let binaryBytes = HEADER_BYTES;
  let jsonBytes = HEADER_BYTES;
  for (const { shape, type } of outputs) {
    const known = product(shape.map((length) => (typeof length === "string" ? 1 : length)));
    const guessed = product(shape.map((length) => (typeof length === "string" ? GROWTH * longest : 1)));
    const elements = known * Math.min(guessed, most);
    binaryBytes += elements * bytesPerElement(type);
    jsonBytes += elements * JSON_BYTES;
  }
  return { binaryBytes, jsonBytes };
}

function product(lengths: readonly number[]): number {
  return lengths.reduce((all, length) => all * length, 1);
}
