import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect, it } from "vitest";
import { NO_BODY, RequestSigner, signingTime } from "./s3-signature.ts";

const keys = {
  accessKeyId: "AKIAIOSFODNN7EXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
};

it("signs the examples of Amazon's documents", () => {
  const signer = new RequestSigner();
  const headers = {
    host: "examplebucket.s3.amazonaws.com",
    "x-amz-content-sha256": NO_BODY,
    "x-amz-date": "20130524T000000Z",
  };
  const scope = { region: "us-east-1", service: "s3" };
  const sign = (path: string, more = {}): string | undefined =>
    signer
      .sign({ method: "GET", path, headers: { ...headers, ...more } }, keys, scope)
      .split("Signature=")[1];
  expect(sign("/test.txt", { range: "bytes=0-9" })).toBe(
    "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
  );
  expect(sign("/?max-keys=2&prefix=J")).toBe(
    "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
  );
});

it("signs what the SDK sends as the SDK does", async () => {
  let seen: { path: string; headers: Record<string, string> } | undefined;
  const client = new S3Client({
    region: "eu-central-1",
    credentials: { ...keys, sessionToken: "a token" },
    requestHandler: {
      async handle(request: typeof seen) {
        seen = request;
        throw new Error("not sent");
      },
      updateHttpClientConfig: () => undefined,
      httpHandlerConfigs: () => ({}),
    } as never, // all that the SDK asks of it here
  });
  const Key = "a folder/ü (1)~!'*.zarr/c/0+1/=&%";
  await client.send(new GetObjectCommand({ Bucket: "data", Key, Range: "bytes=0-9" })).catch(() => undefined);
  const { path = "", headers: { authorization = "", ...sent } = {} } = seen ?? {};
  const names = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(";") ?? [];
  const headers = Object.fromEntries(names.map((name) => [name, sent[name] ?? ""]));
  const scope = { region: "eu-central-1", service: "s3" };
  const parts = { method: "GET", path: `${path}?x-id=GetObject`, headers };
  expect(new RequestSigner().sign(parts, keys, scope)).toBe(authorization);
});

it("writes times as Amazon wants them", () => {
  expect(signingTime(new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 678)))).toBe("20260102T030405Z");
});
