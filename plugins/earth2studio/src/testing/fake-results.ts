import type { JobResults, ResultEntry, ResultFile } from "@zarr-gateway/jobs";
import { GatewayError } from "@zarr-gateway/primitives";

const AT = Date.UTC(2026, 0, 2, 3, 4, 5);

/** Files of every job alike, in memory. */
export function fakeResults(
  files: Readonly<Record<string, Uint8Array>>,
  changes: Partial<JobResults> = {},
): JobResults {
  const entries = Object.entries(files).map(([path, bytes]): ResultEntry => {
    return { path, size: bytes.length, mediaType: mediaTypeOf(path), sha256: "0".repeat(64), crc32: 0 };
  });
  return {
    async manifest(job, { offset, limit }) {
      const bytes = entries.reduce((sum, { size }) => sum + size, 0);
      const page = entries.slice(offset, offset + limit);
      return { job: job.id, createdAt: AT, files: entries.length, bytes, entries: page };
    },
    async file(_job, path) {
      if (path.split("/").includes("..")) throw new GatewayError("forbidden", "outside of the results");
      const bytes = files[path];
      if (bytes !== undefined) return fileOf(path, bytes);
      const isFolder = path === "." || Object.keys(files).some((name) => name.startsWith(`${path}/`));
      if (isFolder) throw new GatewayError("invalid_request", `"${path}" is a folder`);
      return undefined;
    },
    folder: async () => undefined,
    archive: async (job, root) => fileOf("all.zip", Buffer.from(`${root} of ${job.id}`)),
    stored: () => undefined,
    remove: async () => {},
    ...changes,
  };
}

function fileOf(path: string, bytes: Uint8Array): ResultFile {
  const read: ResultFile["read"] = async ({ offset, length }) => bytes.slice(offset, offset + length);
  return {
    path,
    size: bytes.length,
    mediaType: mediaTypeOf(path),
    version: `v${bytes.length}`,
    modifiedAt: AT,
    read,
    stream: () => new Blob([Buffer.from(bytes)]).stream(),
  };
}

function mediaTypeOf(path: string): string {
  if (path.endsWith(".zip")) return "application/zip";
  return path.endsWith(".json") ? "application/json" : "application/octet-stream";
}
