import type { Dataset } from "@zarr-gateway/dataset";
import type { Resource } from "@zarr-gateway/http";
import type { ByteCache, CallOptions, WorkerPool } from "@zarr-gateway/primitives";
import { type ClassicFile, classicFile, hasMeasuredTexts } from "@zarr-gateway/sources";

export interface DownloadServices {
  readonly cache: ByteCache;
  readonly pool: WorkerPool;
  readonly maxBytes: number;
}

export interface NetcdfRequest {
  readonly dataset: Dataset;
  readonly group: Dataset;
  /** Names dataset and group. */
  readonly scope: string;
}

/**
 * One group as a NetCDF file that is made while it is sent. HEAD reads no chunk, and so tells no size where texts would
 * have to be measured.
 */
export function netcdfResource(request: NetcdfRequest, services: DownloadServices): Resource {
  const { dataset, group, scope } = request;
  const { version, versionCoversChunks = false, immutable = false } = dataset;
  const key = `download ${version ?? ""} ${scope}`;
  // chunks that may change under the same metadata are decoded for one request only
  const kept = version !== undefined && versionCoversChunks ? { cache: services.cache, key } : undefined;
  const etag = kept && { etag: `${version}-netcdf-${Buffer.from(scope).toString("base64url")}` };
  let opening: Promise<ClassicFile> | undefined;
  const open = (options: CallOptions): Promise<ClassicFile> => {
    opening ??= classicFile(group, { ...services, kept, signal: options.signal });
    return opening;
  };
  return {
    contentType: "application/x-netcdf",
    cacheControl: immutable ? "public, max-age=31536000, immutable" : "no-cache",
    shareable: true,
    async stat(options) {
      return hasMeasuredTexts(group) ? { ...etag } : { ...etag, size: (await open(options)).size };
    },
    measure: async (options) => (await open(options)).size,
    async read(range, options) {
      const file = await open(options);
      return file.read(range ?? { offset: 0, length: file.size }, options);
    },
  };
}
