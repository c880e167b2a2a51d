import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isDatasetId, routePathOf } from "./request-path.ts";

describe("routePathOf", () => {
  it.each([
    ["/", "/"],
    ["/datasets/", "/datasets"],
    ["/datasets/air", "/datasets/air"],
    ["/datasets/air/zarr/", "/datasets/air/zarr"],
    ["/datasets/air.zarr", "/datasets/air/zarr"],
    ["/datasets/air.zarr/", "/datasets/air/zarr"],
    ["/datasets/air.zarr/t/c/0", "/datasets/air/zarr/t/c/0"],
    ["/datasets/air@mean(time).zarr/zarr.json", "/datasets/air@mean(time)/zarr/zarr.json"],
    ["/datasets/.zarr/x", "/datasets/.zarr/x"],
    ["/datasets/zarr.json", "/datasets/zarr.json"],
    ["/x.zarr/y", "/x.zarr/y"],
    ["/datasets/%61ir/ke%79s", "/datasets/air/keys"],
    ["/datasets/a/zarr/temp%C3%A9/c/0", "/datasets/a/zarr/tempé/c/0"],
    ["/datasets/a/zarr/50%25/c/0", "/datasets/a/zarr/50%25/c/0"],
    ["/datasets/a/x%3Ay%20z", "/datasets/a/x%3Ay z"],
    ["/datasets/air/zarr/...", "/datasets/air/zarr/..."],
    ["/v1/jobs/a/results/x%2Fy", "/v1/jobs/a/results/x%2Fy"],
    ["/v1/infer/w/a/results/w%3Aa", "/v1/infer/w/a/results/w%3Aa"],
    ["/v1/infer/w/a/results/x/", "/v1/infer/w/a/results/x"],
    ["/v1/infer/w/a/results/../..%2fetc", "/v1/infer/w/a/results/../..%2fetc"],
    ["/v1/infer/w/a/results/50%25", "/v1/infer/w/a/results/50%25"],
    ["/v1/infer/w/a/results/", "/v1/infer/w/a/results"],
  ])("%s is routed as %s", (raw, path) => {
    expect(routePathOf(raw)).toBe(path);
  });
  it.each([
    "/datasets/air/zarr/../../etc/passwd",
    "/datasets/air/zarr/..",
    "/datasets/air/./zarr",
    "/datasets/air/zarr/%2e%2e/x",
    "/datasets/air/zarr/.%2E",
    "/datasets/air/zarr/..%2f..%2fetc",
    "/datasets/a%2Fb",
    "/datasets/a%5cb",
    "/datasets/a\\b",
    "/datasets/a%00b",
    "/datasets/a%0ab",
    "//etc/passwd",
    "/datasets//air",
    "/datasets/air//",
    "/datasets/%",
    "/datasets/%zz",
    "/v1/../a/results/x",
    "/v1/infer/%2e%2e/a/results/x",
    "/v1/jobs/a%2Fb/results/x",
    "/v1/jobs/a/results//x",
    "/v1/jobs/a/results/x//y",
    "/v1/jobs/a/results/x%00",
    "/v1/jobs/a/results/x%5cy",
    "/v1/jobs/a/results/%zz",
    "/datasets/%ff",
    "datasets",
    "*",
    "",
  ])("%s names nothing", (raw) => {
    expect(routePathOf(raw)).toBeUndefined();
  });
  it("never lets a dot segment, a backslash or a control character through, however it is written", () => {
    const piece = fc.constantFrom(
      "..",
      ".",
      "%2e",
      "%2E",
      "/",
      "%2f",
      "%5c",
      "\\",
      "%00",
      "a",
      "é",
      "%C3%A9",
      "%25",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const path = routePathOf(`/datasets/air/${pieces.join("")}`);
        if (path === undefined) return;
        const segments = path.split("/").map(decodeURIComponent);
        expect(segments).not.toContain("..");
        expect(segments).not.toContain(".");
        expect(segments.join("")).not.toMatch(/[\p{Cc}\\/]/u);
      }),
    );
  });
});

describe("a view in a path", () => {
  it("may have encoded slashes, which stay encoded until the id is read", () => {
    expect(routePathOf("/datasets/air@let(x=a%2Fb)/zarr/x")).toBe("/datasets/air@let(x=a%2Fb)/zarr/x");
    expect(routePathOf("/datasets/air%40let(x=a%2Fb).zarr/x")).toBe("/datasets/air%40let(x=a%2Fb)/zarr/x");
  });
  it.each([
    "/datasets/a%2Fb@let(x)",
    "/datasets/air/x@a%2Fb",
    "/other/air@a%2Fb",
    "/datasets/air@a/..%2Fb",
    "/datasets/air@a%5Cb",
    "/datasets/%2e%2e%2fx@y",
  ])("gives no path to %s", (path) => {
    expect(routePathOf(path)).toBeUndefined();
  });
});

describe("isDatasetId", () => {
  it.each(["air", "a.b-c_d", "9", "air@mean(time)", "air@sel(lat=20:70)@mean(time)", "a@", "a@let(x=a/b)"])(
    "takes %s",
    (id) => {
      expect(isDatasetId(id)).toBe(true);
    },
  );
  it.each([
    "",
    ".air",
    "-a",
    "a b",
    "a/b",
    "é",
    "@mean(time)",
    "a/b@mean(time)",
    "a@x\n",
    "a".repeat(300),
    "a\n",
  ])("refuses %s", (id) => {
    expect(isDatasetId(id)).toBe(false);
  });
});
