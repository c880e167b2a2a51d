import { bytesPerElement, type CodecSpec, type DataType } from "@zarr-gateway/dataset";
import { z } from "zod";

/** What chunks that have to be encoded anew are compressed with, where their dataset does not say. */
export const compressorOptions = z
  .strictObject({
    name: z.enum(["zstd", "gzip", "blosc", "none"]).default("zstd"),
    level: z.int().min(0).max(22).default(3),
  })
  .refine(({ name, level }) => name === "zstd" || level <= 9, "level is at most 9 for gzip and blosc")
  .prefault({});
export type CompressorOptions = z.infer<typeof compressorOptions>;

export function compressorSpec({ name, level }: CompressorOptions): CodecSpec {
  return { name, configuration: { level } };
}

/** The compressor as the last codecs of an array: complete in its configuration, or none. */
export function compressorCodecs({ name, configuration }: CodecSpec, dtype: DataType): CodecSpec[] {
  const { level = 3, ...more } = configuration;
  switch (name) {
    case "none":
      return [];
    case "zstd":
      return [{ name, configuration: { level, checksum: false, ...more } }];
    case "blosc": {
      const { clevel = level, ...others } = more;
      const typesize = Math.min(bytesPerElement(dtype) ?? 1, 255);
      return [
        {
          name,
          configuration: { cname: "zstd", clevel, shuffle: "shuffle", typesize, blocksize: 0, ...others },
        },
      ];
    }
    default:
      return [{ name, configuration: { level, ...more } }];
  }
}
