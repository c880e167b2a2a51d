import { ContainerSASPermissions } from "@azure/storage-blob";
import { BYTE_STORE_ENTRIES, describeByteStore } from "@zarr-gateway/testkit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { ByteStore } from "../byte-store.ts";
import type { AzureCredentials } from "../credentials.ts";
import { storeAccess } from "../random-access/store-access.ts";
import { type AzureServer, startAzureServer } from "../testing/azure-server.ts";
import { azureStore } from "./azure.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 }); // a real server on a busy machine

let server: AzureServer;
beforeAll(async () => {
  server = await startAzureServer(["data"]);
  for (const [key, bytes] of Object.entries(BYTE_STORE_ENTRIES)) {
    await server.put("data", `some folder/${key}`, bytes);
  }
  await server.put("data", "outside", new Uint8Array([1]));
  await server.service.createContainer("open", { access: "container" });
  await server.put("open", "a", new Uint8Array([3]));
});
afterAll(() => server.close());

function open(location: string, values: AzureCredentials = server.credentials): ByteStore {
  return azureStore(new URL(location), {
    credentials: [{ prefix: new URL(location), kind: "azure", values }],
    backoffMs: 1,
  });
}

describeByteStore("azure", async () => open("az://data/some%20folder/"));

describe("an Azure container", () => {
  it("opens with a key, a token, a connection string or anonymously, by each spelling of its address", async () => {
    const { account, accountKey, endpoint } = server.credentials;
    const url = await server.service.getContainerClient("data").generateSasUrl({
      permissions: ContainerSASPermissions.parse("rl"),
      expiresOn: new Date(Date.now() + 3_600_000),
    });
    const connectionString = `DefaultEndpointsProtocol=http;AccountName=${account};AccountKey=${accountKey};BlobEndpoint=${endpoint};`;
    const ways: [string, AzureCredentials][] = [
      ["az://data/", server.credentials],
      ["abfs://data/", server.credentials],
      [`abfss://data@${account}.dfs.core.windows.net/`, server.credentials],
      ["az://data/", { account, endpoint, sasToken: new URL(url).search }],
      ["az://data/", { connectionString }],
    ];
    for (const [location, values] of ways) {
      const store = open(location, values);
      expect((await store.get("outside"))?.length, location).toBe(1);
      expect((await Array.fromAsync(store.list?.("") ?? [])).sort()).toEqual(["outside", "some folder/"]);
      await store.close?.();
    }
    const anonymous = open("az://open/", { account, endpoint, anonymous: true });
    expect([...((await anonymous.get("a")) ?? [])]).toEqual([3]);
    await anonymous.close?.();
  });
  it("fails where the container is missing or refuses, which is not absence", async () => {
    const missing = open("az://nothing-here/");
    await expect(missing.get("a")).rejects.toMatchObject({ code: "upstream" });
    await expect(missing.stat("a")).rejects.toMatchObject({ code: "upstream" });
    await missing.close?.();
    const secret = Buffer.from("not the key").toString("base64");
    const refused = open("az://data/", { ...server.credentials, accountKey: secret });
    for (const call of [() => refused.get("outside"), () => refused.stat("outside")]) {
      const error = (await call().then(
        () => undefined,
        (thrown: unknown) => thrown,
      )) as Error; // it was thrown
      expect(error).toMatchObject({ code: "forbidden" });
      expect(`${error.message} ${JSON.stringify(error)}`).not.toContain(secret);
    }
    await refused.close?.();
  });
  it("fails when an object is replaced while it is read piece by piece", async () => {
    await server.put("data", "changing", new Uint8Array(10).fill(1));
    const store = open("az://data/");
    const access = await storeAccess(store, "changing");
    expect([...(await access.read(0, 2))]).toEqual([1, 1]);
    await server.put("data", "changing", new Uint8Array(10).fill(2));
    await expect(access.read(2, 2)).rejects.toMatchObject({ code: "upstream", details: { changed: true } });
    await store.close?.();
  });
  it("takes no host from a location but Azure's own", async () => {
    for (const location of [
      "abfss://data@evil.example/",
      "abfss://data@account.dfs.core.windows.net.evil.example/",
    ]) {
      const store = open(location, { anonymous: true });
      await expect(store.get("a")).rejects.toMatchObject({ code: "invalid_request" });
      await store.close?.();
    }
    const nobody = open("az://data/", {});
    await expect(nobody.get("a")).rejects.toThrow(/the Azure account is not told/);
    await nobody.close?.();
  });
});
