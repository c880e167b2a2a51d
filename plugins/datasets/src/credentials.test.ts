import { describe, expect, it } from "vitest";
import { parseCredentials } from "./credentials.ts";

describe("credentials", () => {
  it("are of the kind that their prefix says", () => {
    const parsed = parseCredentials({
      "s3://bucket/": { accessKeyId: "id", secretAccessKey: "key", region: "eu-central-1" },
      "s3://public/": { anonymous: true },
      "az://container/": { account: "name", sasToken: "sv=1" },
      "abfss://c@name.dfs.core.windows.net/": {},
      "gs://bucket/": { keyFile: "/etc/key.json" },
      "https://host/": { headers: { authorization: "Bearer x" } },
    });
    expect(parsed.map(({ kind }) => kind)).toEqual(["s3", "s3", "azure", "azure", "google", "http"]);
  });
  it.each([
    ["s3://b/", { accessKeyId: "id" }, /belong together/],
    ["s3://b/", { accessKeyId: "id", secretAccessKey: "hidden", anonymous: true }, /exclude each other/],
    ["s3://b/", { accesKeyId: "id" }, /Unrecognized key/],
    ["s3://b/", { account: "hidden" }, /Unrecognized key/],
    ["az://c/", { accountKey: "hidden", sasToken: "hidden" }, /exclude each other/],
    ["gs://b/", { keyFile: 1 }, /sources\.credentials\."gs:\/\/b\/"\.keyFile/],
    ["https://h/", { headers: { "a b": "hidden" } }, /header/],
    ["ftp://h/", {}, /"ftp:" takes none/],
  ])("of %s are refused when they are %j, without saying a value", (prefix, values, message) => {
    const parse = (): unknown => parseCredentials({ [prefix]: values });
    expect(parse).toThrow(message);
    expect(parse).not.toThrow(/hidden/);
  });
});
