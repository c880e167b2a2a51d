import type { AttributeValue } from "@zarr-gateway/dataset";
import { z } from "zod";

/*
 * Options that several plugins have. Descriptions are noun phrases: they fill "expected …" in messages, the editor's hints and
 * docs/configuration.md.
 */

/** Integers as bigint, floats as number: what the configuration's reader made of the YAML. */
export const attributeValue: z.ZodType<AttributeValue> = z.lazy(() =>
  z.union([
    z.null(),
    z.boolean(),
    z.string(),
    z.number(),
    z.bigint(),
    z.array(attributeValue),
    z.record(z.string(), attributeValue),
  ]),
);

/** RFC 9110 §5.1 and §5.5, without characters that are not ASCII. */
const HEADER_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e]*$/;

/** On what a model runs: keys of `execution` that forecasts and maps have in common. */
export const modelProcessOptions = {
  providers: z
    .array(z.enum(["cuda", "webgpu", "cpu"]))
    .min(1)
    .default(["cuda", "webgpu", "cpu"])
    .describe("a list of cuda, webgpu and cpu: the first that this machine has is used"),
  processes: z.int().min(1).max(64).default(1).describe("a number of model processes from 1 to 64"),
  threads: z
    .int()
    .min(1)
    .max(1024)
    .optional()
    .describe("a number of threads of one model process; all cores without it"),
  headers: z
    .record(z.string().regex(HEADER_NAME), z.string().regex(HEADER_VALUE))
    .optional()
    .describe("a map of headers for an inference server (runtime: oip), such as Authorization"),
};
