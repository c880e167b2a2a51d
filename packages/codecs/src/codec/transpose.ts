import {
  allocateValues,
  copyStrided,
  elementCount,
  stridesOf,
  unitsPerElement,
  type Values,
} from "@zarr-gateway/dataset";
import type { ArrayLayout, ArrayToArrayCodec, CodecConfiguration } from "../codec.ts";
import { readConfiguration } from "../configuration.ts";

/**
 * Dimensions in another order: `order[i]` is the dimension that becomes the i-th; early Zarr v3 wrote "C" and "F".
 * @see Zarr v3 §transpose codec
 */
export function createCodec(configuration: CodecConfiguration, layout: ArrayLayout): ArrayToArrayCodec {
  const order = parseOrder(configuration, layout.shape.length);
  const encodedShape = order.map((axis) => layout.shape[axis] ?? 1);
  const isIdentity = order.every((axis, position) => axis === position);
  const decodedStrides = stridesOf(layout.shape);
  const inputSteps = order.map((axis) => decodedStrides[axis] ?? 0);
  const outputSteps = stridesOf(encodedShape);
  const rearrange = (values: Values, from: readonly number[], to: readonly number[]): Values => {
    if (isIdentity) return values;
    const result = allocateValues(layout.dtype, elementCount(layout.shape));
    copyStrided(
      { values, strides: from, offset: 0 },
      { values: result, strides: to, offset: 0 },
      encodedShape,
      unitsPerElement(layout.dtype),
    );
    return result;
  };
  return {
    kind: "array-to-array",
    encoded: { ...layout, shape: encodedShape },
    encode: (values) => rearrange(values, inputSteps, outputSteps),
    decode: (values) => rearrange(values, outputSteps, inputSteps),
  };
}

function parseOrder(configuration: CodecConfiguration, rank: number): readonly number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  const reader = readConfiguration("transpose", configuration);
  if (configuration["order"] === "C") return axes;
  if (configuration["order"] === "F") return axes.reverse();
  const order = reader.integers("order", 0);
  const isPermutation = order?.length === rank && axes.every((axis) => order.includes(axis));
  return isPermutation ? order : reader.fail("order", `a permutation of ${rank} dimensions`);
}
