// node serve-folder.ts s3|azure FOLDER [BUCKET…]: a server that holds the folder's files in the bucket "data", or in each
// bucket named the files of the folder's folder of that name, until it is stopped. Prints what opens them.
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { mapConcurrently } from "@zarr-gateway/primitives";
import { startAzureServer } from "./azure-server.ts";
import { startS3Server } from "./s3-server.ts";

const [kind, folder = ".", ...named] = process.argv.slice(2);
const folders =
  named.length === 0 ? { data: folder } : Object.fromEntries(named.map((name) => [name, join(folder, name)]));
const buckets = Object.keys(folders);
const server = kind === "azure" ? await startAzureServer(buckets) : await startS3Server(buckets);
for (const [bucket, cwd] of Object.entries(folders)) {
  const files = globSync("**/*", { cwd }).filter((path) => statSync(join(cwd, path)).isFile());
  // also what a glob leaves out: metadata of Zarr v2 begin with a dot
  files.push(...globSync("**/.z*", { cwd }));
  await mapConcurrently([...new Set(files)], 16, (path) =>
    server.put(bucket, path, readFileSync(join(cwd, path))),
  );
}
process.stdout.write(`${JSON.stringify(server.credentials)}\n`);
process.on("SIGTERM", () => void server.close().then(() => process.exit(0)));
