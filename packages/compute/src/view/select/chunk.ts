import { dimensionSizes } from "@zarr-gateway/dataset";
import { GatewayError, isGatewayError } from "@zarr-gateway/primitives";
import { encodedDataset } from "../../dataset/encoded-dataset.ts";
import type { Lengths } from "../../dataset/variable-encoding.ts";
import { viewError } from "../view-call.ts";
import type { ViewOperation } from "../view-operation.ts";
import { type Named, namedArguments, unknownName } from "./dimension-arguments.ts";

/** Other chunks, same values; -1 is the whole dimension. */
export const chunk: ViewOperation<readonly Named<number>[]> = {
  name: "chunk",
  summary: "The same values in other chunks; -1 is the whole dimension.",
  examples: ["chunk(time=-1,lat=64,lon=64)"],
  equivalent: 'ds.chunk({"time": -1, "lat": 64, "lon": 64})',
  parse: (call) =>
    namedArguments(call, "chunk(time=-1)", ({ value, valueAt }) => {
      const length = /^(?:-1|[1-9]\d{0,14})$/.test(value) ? Number(value) : 0;
      if (length === 0)
        throw viewError(`expected a number of elements, or -1 for all, not "${value}"`, valueAt);
      return length;
    }),
  print: (step) => `chunk(${step.map(({ key, value }) => `${key}=${value}`).join(",")})`,
  async apply(input, step, { cache, pool, key }) {
    const sizes = dimensionSizes(input.variables.values());
    for (const { key: name, at } of step) {
      if (!sizes.has(name)) throw unknownName("dimension", { name, at }, [...sizes.keys()]);
    }
    const chunks: Lengths = Object.fromEntries(step.map(({ key: name, value }) => [name, value]));
    try {
      return encodedDataset(input, { chunks }, { pool, kept: cache && { cache, key } });
    } catch (error) {
      if (!isGatewayError(error) || error.code !== "unsupported") throw error;
      throw new GatewayError("too_large", error.message, error.details, error);
    }
  },
};
