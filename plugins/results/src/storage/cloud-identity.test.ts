import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { promisify } from "node:util";
import { jobState } from "@zarr-gateway/jobs";
import { openStore, RemoteConnections, type StoreCredentials } from "@zarr-gateway/stores";
import { temporaryFolder } from "@zarr-gateway/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { startAzureServer } from "../../../../packages/stores/src/testing/azure-server.ts";
import { startGoogleServer } from "../../../../packages/stores/src/testing/google-server.ts";
import { removeResults } from "../lifetime/remove-results.ts";
import { put, putStore, type Run } from "../testing/job-bench.ts";
import { storingBench } from "../testing/storing-bench.ts";
import { locationOf, parseTarget } from "./storage-target.ts";
import { storeOutput } from "./store-step.ts";

const execute = promisify(execFile);
const some: Run = async (folder) => {
  await putStore(folder);
  await put(folder, "big.bin", new Uint8Array(1_500_000).fill(3));
};

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** A server of tokens on this machine, as clouds have one on each of theirs; what it was asked. */
async function tokenServer(
  answer: (request: IncomingMessage) => object,
): Promise<{ url: string; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    response.writeHead(200, { "content-type": "application/json", "metadata-flavor": "Google" });
    response.end(JSON.stringify(answer(request)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stops.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked }; // it listens on a port
}

/** A certificate for 127.0.0.1 that this process trusts from now on, as with NODE_EXTRA_CA_CERTS from its start. */
async function trustedCertificate(): Promise<{ cert: string; key: string }> {
  const folder = await temporaryFolder();
  stops.push(() => folder.remove());
  const [cert, key] = [join(folder.path, "cert.pem"), join(folder.path, "key.pem")];
  const wish =
    "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1";
  await execute("openssl", [...wish.split(" "), "-keyout", key, "-out", cert]);
  const before = getCACertificates("default");
  setDefaultCACertificates([...before, await readFile(cert, "utf8")]);
  stops.push(async () => setDefaultCACertificates(before));
  return { cert, key };
}

/** What Entra would give: Azurite looks at everything but the signature. */
function entraToken(): string {
  const seconds = Math.floor(Date.now() / 1000);
  const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const issuer = "https://sts.windows.net/00000000-0000-0000-0000-000000000000/";
  const times = { iat: seconds - 60, nbf: seconds - 60, exp: seconds + 3600 };
  const who = { oid: "00000000-0000-0000-0000-000000000001", tid: "00000000-0000-0000-0000-000000000000" };
  return `${encoded({ alg: "RS256", typ: "JWT" })}.${encoded({ aud: "https://storage.azure.com", iss: issuer, ...times, ...who })}.c2ln`;
}

describe("the machine's own identity", () => {
  it("of Azure stores results, signs links to them and removes them", async () => {
    const tls = await trustedCertificate();
    const tokens = await tokenServer(() => {
      const expires_on = String(Math.floor(Date.now() / 1000) + 3600);
      return {
        access_token: entraToken(),
        expires_on,
        resource: "https://storage.azure.com/",
        token_type: "Bearer",
      };
    });
    vi.stubEnv("IDENTITY_ENDPOINT", `http://${tokens.url}/msi/token`);
    vi.stubEnv("IDENTITY_HEADER", "secret");
    const server = await startAzureServer(["results"], tls);
    stops.push(() => server.close());
    const { account, endpoint } = server.credentials;
    const prefix = new URL(`abfss://results@${account}.dfs.core.windows.net/`);
    const credentials: StoreCredentials[] = [{ prefix, kind: "azure", values: { account, endpoint } }];
    const connections = new RemoteConnections({ attempts: 2, backoffMs: 1 });
    stops.push(() => connections.close());
    const stores = { credentials, connections };
    const target = `https://${account}.blob.core.windows.net/results`;
    await using bench = await storingBench({ target, stores, run: some });

    const job = await bench.ended(await bench.submit("exec_1"));
    expect([jobState(job), job.tasks[0]?.steps.at(-1)?.error?.message]).toEqual(["succeeded", undefined]);
    expect(tokens.asked[0]?.headers["x-identity-header"]).toBe("secret");
    expect(new URL(tokens.asked[0]?.url ?? "", "http://a").searchParams.get("resource")).toBe(
      "https://storage.azure.com",
    );
    const root = locationOf(parseTarget(`${target}/bench/exec_1/`));
    const store = openStore(root, { allow: [root], ...stores });
    expect(await store.get("big.bin")).toEqual(Buffer.alloc(1_500_000, 3));

    const { signedUrl = "" } = storeOutput.parse(job.tasks[0]?.steps.at(-1)?.output);
    const linked = await fetch(signedUrl.replace("*", "results.zarr/zarr.json"));
    expect([linked.status, ((await linked.json()) as { node_type: string }).node_type]).toEqual([
      200,
      "group",
    ]);
    await removeResults(bench.folders, "exec_1", stores);
    expect(await store.get("big.bin")).toBe(undefined);
  });

  it("of Google stores results and removes them", async () => {
    const tokens = await tokenServer(({ url = "" }) =>
      url.includes("/token")
        ? { access_token: "of the machine", expires_in: 3600, token_type: "Bearer" }
        : {},
    );
    vi.stubEnv("GCE_METADATA_HOST", tokens.url);
    vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", "");
    vi.stubEnv("METADATA_SERVER_DETECTION", "assume-present");
    const objects: Record<string, Uint8Array> = {};
    const server = await startGoogleServer(objects);
    stops.push(() => server.close());
    const credentials: StoreCredentials[] = [
      { prefix: new URL("gs://data/"), kind: "google", values: { endpoint: server.endpoint.href } },
    ];
    const connections = new RemoteConnections({ attempts: 2, backoffMs: 1 });
    stops.push(() => connections.close());
    const stores = { credentials, connections };
    await using bench = await storingBench({ target: "gs://data/out/", stores, run: some });

    const job = await bench.ended(await bench.submit("exec_1"));
    expect([jobState(job), job.tasks[0]?.steps.at(-1)?.error?.message]).toEqual(["succeeded", undefined]);
    expect(objects["out/bench/exec_1/big.bin"]).toEqual(Buffer.alloc(1_500_000, 3));
    expect(new Set(server.tokens)).toEqual(new Set(["Bearer of the machine"]));
    expect(tokens.asked.some(({ url = "" }) => url.includes("devstorage.read_write"))).toBe(true);
    await removeResults(bench.folders, "exec_1", stores);
    expect(Object.keys(objects)).toEqual([]);
  });
});
