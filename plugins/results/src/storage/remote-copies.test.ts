import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { jobFolders } from "@zarr-gateway/jobs";
import { RemoteConnections } from "@zarr-gateway/stores";
import { temporaryFolder } from "@zarr-gateway/testkit";
import { expect, it } from "vitest";
import { noteCopy, removeCopies } from "./remote-copies.ts";
import { UploadLog } from "./upload-log.ts";

it("copies go with uploads that broke off, whose parts would take room for ever", async () => {
  const writes: string[] = [];
  const statuses = [204, 501];
  const server = createServer((request, response) => {
    if (request.method === "GET") return response.end("<ListBucketResult></ListBucketResult>");
    const asked = new URL(request.url ?? "/", "http://a");
    writes.push(`${request.method} ${asked.pathname} ${asked.searchParams.get("uploadId")}`);
    response.writeHead(statuses.shift() ?? 500);
    return response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on a port
  const folder = await temporaryFolder();
  const folders = jobFolders(folder.path);
  const location = new URL("s3://results/out/bench/exec_1/");
  await noteCopy(folders, "exec_1", { fence: 1, location });
  const log = await UploadLog.open(`${folders.published("exec_1")}/${UploadLog.nameOf(location)}`);
  for (const key of ["whole.bin", "half.bin", "other.bin"])
    await log.continued(key, { id: `id-${key}`, partBytes: 8, parts: { 1: "a" } });
  await log.arrived("whole.bin");
  await log.close();

  const connections = new RemoteConnections({ attempts: 1 });
  const values = { accessKeyId: "a", secretAccessKey: "b", endpoint };
  const credentials = [{ prefix: new URL("s3://results/"), kind: "s3" as const, values }];
  await removeCopies(folders, "exec_1", { credentials, connections });
  expect(writes).toEqual([
    "DELETE /results/out/bench/exec_1/half.bin id-half.bin",
    "DELETE /results/out/bench/exec_1/other.bin id-other.bin",
  ]);
  await connections.close();
  server.closeAllConnections();
  server.close();
  await folder.remove();
});
