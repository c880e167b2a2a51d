// node serve-folder.ts s3|azure FOLDER: a server that holds the folder's files in the bucket "data", until it is stopped.
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { mapConcurrently } from "@zarr-gateway/primitives";
import { startAzureServer } from "./azure-server.ts";
import { startS3Server } from "./s3-server.ts";

const [kind, folder = "."] = process.argv.slice(2);
const server = kind === "azure" ? await startAzureServer(["data"]) : await startS3Server(["data"]);
const files = globSync("**/*", { cwd: folder }).filter((path) => statSync(join(folder, path)).isFile());
// also what a glob leaves out: metadata of Zarr v2 begin with a dot
files.push(...globSync("**/.z*", { cwd: folder }));
await mapConcurrently([...new Set(files)], 16, (path) =>
  server.put("data", path, readFileSync(join(folder, path))),
);
process.stdout.write(`${JSON.stringify(server.credentials)}\n`);
process.on("SIGTERM", () => void server.close().then(() => process.exit(0)));
