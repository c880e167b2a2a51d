import type { ResultFile } from "@zarr-gateway/jobs";
import { type ByteCache, GatewayError } from "@zarr-gateway/primitives";

/** Larger ones cost more to send than to read. */
const MAX_KEPT_BYTES = 64 * 1024;

/** A small file of a run that is over, whose bytes a cache keeps under the version that was looked at. */
export function keptFile(file: ResultFile, folder: string, cache: ByteCache): ResultFile {
  const { size, path, version } = file;
  if (size > MAX_KEPT_BYTES || size === 0) return file;
  const key = `results ${folder}\n${path}\n${version}`;
  const whole = { offset: 0, length: size };
  return {
    ...file,
    givesExclusive: false,
    async read({ offset, length }, options) {
      const bytes =
        cache.peek(key) ?? (await cache.getOrCreate(key, (shared) => file.read(whole, shared), options));
      if (bytes === undefined) throw new GatewayError("upstream", `"${path}" of the results is gone`);
      return offset === 0 && length === size ? bytes : bytes.subarray(offset, offset + length);
    },
  };
}
