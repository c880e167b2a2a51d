import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import {
  type ArrayEncoding,
  bytesOfValues,
  type CodecSpec,
  type DataType,
  type FillValue,
  isStringValues,
  type Values,
  valuesOverBytes,
} from "@zarr-gateway/dataset";
import { describe, expect, it } from "vitest";
import { createChunkCoder } from "./create-chunk-coder.ts";

interface GoldenCase {
  readonly name: string;
  readonly dtype: DataType;
  readonly shape: readonly number[];
  readonly fill: FillValue | null;
  readonly codecs: readonly CodecSpec[];
  readonly encoded: string;
  readonly values?: string;
  readonly strings?: readonly string[];
}
interface Golden {
  readonly arrays: Readonly<Record<string, string>>;
  readonly cases: readonly GoldenCase[];
}

const path = new URL("../fixtures/golden.json", import.meta.url);
const golden = JSON.parse(readFileSync(path, "utf8")) as Golden; // written by fixtures/write_golden.py
const coder = createChunkCoder();
/** Compressors may write other bytes for the same content, and shards their inner chunks in another order. */
const FREE_IN_DETAIL = /zlib|gzip|zstd|lz4|blosc|sharding/;

function encodingOf({ dtype, shape, fill, codecs }: GoldenCase): ArrayEncoding {
  return { dtype, grid: { shape, chunkShape: shape }, fill, codecs };
}

function bytesOf(values: Values): unknown {
  return isStringValues(values) ? values : Buffer.from(bytesOfValues(values)).toString("hex");
}

describe.each(golden.cases)("$name", (golden_) => {
  const encoded = Buffer.from(golden_.encoded, "base64");
  const index = golden_.shape.map(() => 0);
  const encoding = encodingOf(golden_);
  const expected =
    golden_.strings ??
    Buffer.from(inflateSync(Buffer.from(golden.arrays[golden_.values ?? ""] ?? "", "base64"))).toString(
      "hex",
    );

  it("is decoded to the values that were written", async () => {
    const chunk = await coder.decode(encoding, index, encoded);
    expect(chunk.shape).toEqual(golden_.shape);
    expect(bytesOf(chunk.values)).toEqual(expected);
  });
  it("is the same after it was encoded here", async () => {
    const { dtype, shape } = golden_;
    const content = typeof expected === "string" ? Buffer.from(expected, "hex") : new Uint8Array(0);
    const values = dtype === "string" ? (golden_.strings ?? []) : valuesOverBytes(dtype, content);
    const bytes = await coder.encodeAlways(encoding, index, { shape, values });
    expect(bytesOf((await coder.decode(encoding, index, bytes)).values)).toEqual(expected);
    const isComparable = !golden_.codecs.some((codec) => FREE_IN_DETAIL.test(JSON.stringify(codec)));
    if (isComparable) expect(Buffer.from(bytes).toString("hex")).toBe(encoded.toString("hex"));
  });
});
