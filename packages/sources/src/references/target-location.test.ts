import { describe, expect, it } from "vitest";
import { targetLocation } from "./target-location.ts";

const folder = new URL("file:///data/sets/");
const href = (target: string, base: URL = folder): string => targetLocation(target, base).href;

describe("targetLocation", () => {
  it("reads paths, relative paths and addresses as fsspec does", () => {
    expect(href("/data/a b%20#c?.nc")).toBe("file:///data/a%20b%2520%23c%3F.nc");
    expect(href("file:///data/a.nc")).toBe("file:///data/a.nc");
    expect(href("local:///data/a.nc")).toBe("file:///data/a.nc");
    expect(href("nc/a b.nc")).toBe("file:///data/sets/nc/a%20b.nc");
    expect(href("../a.nc")).toBe("file:///data/a.nc");
    expect(href("http://host/a%20b.nc?x=1")).toBe("http://host/a%20b.nc?x=1");
    expect(href("s3://bucket/a b%20.nc")).toBe("s3://bucket/a%20b%2520.nc");
    expect(href("gcs://bucket/a")).toBe("gs://bucket/a");
    expect(href("a.nc", new URL("https://host/sets/"))).toBe("https://host/sets/a.nc");
  });

  it("leaves no steps in a path that could be judged before and taken after", () => {
    expect(href("/data/sets/../../etc/passwd")).toBe("file:///etc/passwd");
    expect(href("file:///data/sets/../../etc/passwd")).toBe("file:///etc/passwd");
    expect(href("../../../../etc/passwd")).toBe("file:///etc/passwd");
    expect(href("%2e%2e/etc/passwd")).toBe("file:///data/sets/%252e%252e/etc/passwd");
    expect(href("https://host/a/../../b")).toBe("https://host/b");
  });

  it("refuses what is no address", () => {
    for (const target of [
      "",
      "a\u0000b",
      "/a\nb",
      "file://host/a",
      "http://",
      "s3://bucket/../x",
      "file:/etc/passwd\u0000",
    ])
      expect(() => targetLocation(target, folder), JSON.stringify(target)).toThrow("no address");
    expect(() => targetLocation("a.nc", undefined)).toThrow("relative");
  });
});
