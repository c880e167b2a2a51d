import { describe, expect, it } from "vitest";
import { createBaseUrls } from "./base-url.ts";

function baseUrl(
  headers: Record<string, string>,
  sender: string,
  trustedProxies = ["10.0.0.0/8", "fd00::/8"],
) {
  const urls = createBaseUrls({ trustedProxies });
  const request = new Request("http://own.example:9000/datasets/air?x=1", { headers });
  urls.noteSender(request, sender);
  return urls.of(request);
}
const FORWARDED = {
  "x-forwarded-proto": "https",
  "x-forwarded-host": "data.example.org",
  "x-forwarded-prefix": "/api",
};

describe("createBaseUrls", () => {
  it("is the request's own origin by default", () => {
    expect(baseUrl({}, "10.1.2.3")).toBe("http://own.example:9000");
  });
  it("is publicUrl where one is set, whatever the headers say", () => {
    const urls = createBaseUrls({
      publicUrl: "https://data.example.org/zarr/",
      trustedProxies: ["10.0.0.1"],
    });
    expect(urls.of(new Request("http://x/y"))).toBe("https://data.example.org/zarr");
    expect(urls.readsForwarded).toBe(false);
  });
  it.each(["10.1.2.3", "::ffff:10.1.2.3", "fd00::1"])("believes a proxy at %s", (sender) => {
    expect(baseUrl(FORWARDED, sender)).toBe("https://data.example.org/api");
  });
  it.each(["192.168.1.1", "::ffff:11.0.0.1", "fe80::1", "not an address"])(
    "does not believe %s",
    (sender) => {
      expect(baseUrl(FORWARDED, sender)).toBe("http://own.example:9000");
    },
  );
  it("reads Forwarded, and of several proxies the first", () => {
    const header = 'for=1.2.3.4;proto=https;host="a.example.org:8443", for=10.0.0.1;proto=http';
    expect(baseUrl({ forwarded: header }, "10.0.0.1")).toBe("https://a.example.org:8443");
    expect(baseUrl({ "x-forwarded-proto": "https, http" }, "10.0.0.1")).toBe("https://own.example:9000");
  });
  it.each(["evil.org/path", "a b", "x@y", "<script>", "a\\b"])("ignores the forwarded host %s", (host) => {
    expect(baseUrl({ "x-forwarded-host": host, "x-forwarded-proto": "https" }, "10.0.0.1")).toBe(
      "https://own.example:9000",
    );
  });
  it.each(["//evil.org", "/a b", "/a/../b?", "javascript:"])("ignores the forwarded prefix %s", (prefix) => {
    expect(baseUrl({ "x-forwarded-prefix": prefix, "x-forwarded-proto": "ftp" }, "10.0.0.1")).toMatch(
      /^http:\/\/own\.example:9000$/,
    );
  });
  it("refuses what is no URL and no block", () => {
    expect(() => createBaseUrls({ publicUrl: "data.example.org" })).toThrow(/publicUrl/);
    for (const block of ["10.0.0.0/33", "example.org", "10.0.0/8", "::1/129", "10.0.0.1/x"]) {
      expect(() => createBaseUrls({ trustedProxies: [block] })).toThrow(/trustedProxies/);
    }
  });
});
