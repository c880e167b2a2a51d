import { createVerify, generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BYTE_STORE_ENTRIES, describeByteStore, temporaryFolder } from "@zarr-gateway/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ByteStore } from "../byte-store.ts";
import type { GoogleCredentials } from "../credentials.ts";
import { type GoogleServer, startGoogleServer } from "../testing/google-server.ts";
import { googleStore } from "./google.ts";

let server: GoogleServer;
beforeAll(async () => {
  const entries = Object.entries(BYTE_STORE_ENTRIES).map(
    ([key, bytes]) => [`some folder/${key}`, bytes] as const,
  );
  server = await startGoogleServer(Object.fromEntries(entries));
});
afterAll(() => server.close());

function open(location: string, values: GoogleCredentials = { anonymous: true }): ByteStore {
  return googleStore(new URL(location), {
    credentials: [
      { prefix: new URL(location), kind: "google", values: { endpoint: server.endpoint.href, ...values } },
    ],
    backoffMs: 1,
  });
}

describeByteStore("google", async () => open("gs://data/some%20folder/"));

describe("a Google bucket", () => {
  it("is read with a token that the service account has signed itself", async () => {
    const folder = await temporaryFolder();
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const keyFile = join(folder.path, "key.json");
    const key = {
      type: "service_account",
      client_email: "reader@project.iam.gserviceaccount.com",
      private_key_id: "1",
      private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
    };
    await writeFile(keyFile, JSON.stringify(key));
    const store = open("gs://data/", { keyFile });
    server.tokens.length = 0;
    expect((await store.get("some folder/tas/c/0/1"))?.length).toBe(3);
    const token = /^Bearer (\S+)$/.exec(server.tokens[0] ?? "")?.[1] ?? "";
    const [head = "", body = "", signature = ""] = token.split(".");
    const verify = createVerify("RSA-SHA256").update(`${head}.${body}`);
    expect(verify.verify(publicKey, signature, "base64url")).toBe(true);
    expect(JSON.parse(Buffer.from(body, "base64url").toString())).toMatchObject({
      iss: key.client_email,
      scope: "https://www.googleapis.com/auth/devstorage.read_only",
    });
    await store.close?.();
    await folder.remove();
  });
  it("fails where the bucket is missing, which is not absence", async () => {
    const missing = open("gs://nothing-here/");
    await expect(missing.get("a")).rejects.toMatchObject({ code: "upstream" });
    await expect(missing.stat("a")).rejects.toMatchObject({ code: "upstream" });
    await expect(Array.fromAsync(missing.list?.("") ?? [])).rejects.toMatchObject({ code: "upstream" });
    await missing.close?.();
  });
  it("says what to do where there is no identity, and nothing of a damaged key file", async () => {
    const folder = await temporaryFolder();
    const keyFile = join(folder.path, "key.json");
    await writeFile(keyFile, '{"private_key": "hidden"}');
    const store = open("gs://data/", { keyFile });
    await expect(store.get("a")).rejects.toThrow(/no Google identity was found/);
    await store.close?.();
    await folder.remove();
  });
});
