import { describe, expect, it } from "vitest";
import { hiddenIn, hidingPaths, namedFolders } from "./hidden-paths.ts";

const hide = hidingPaths([
  { path: "/tmp/scratch-1/run-1", shown: "" },
  { path: "/srv/results/exec_1/attempt-1", shown: "" },
  { path: "/tmp/scratch-1", shown: "scratch" },
  { path: "/srv/results", shown: "results" },
  { path: "/srv/results", shown: "other" },
  ...namedFolders(["/opt/program/src", "/srv/work+flows", "*", "/"]),
]);

describe("paths of this machine in what clients read", () => {
  it.each([
    [
      "ENOENT: no such file, open '/tmp/scratch-1/run-1/results.zarr/c/0'",
      "ENOENT: no such file, open 'results.zarr/c/0'",
    ],
    ["EACCES, mkdir '/tmp/scratch-1/run-1'", "EACCES, mkdir '.'"],
    ["in /srv/results/exec_1/attempt-1.", "in .."],
    ["/srv/results/exec_1/attempt-1/a and /srv/results/exec_2/b", "a and results/exec_2/b"],
    ["/srv/results-old/a", "/srv/results-old/a"],
    ["/tmp/scratch-1/tmp/x", "scratch/tmp/x"],
    ["at run (file:///srv/work+flows/blob.ts:3:1)", "at run (work+flows/blob.ts:3:1)"],
    [
      "at parse (file:///home/me/app/node_modules/zod/core.js:9:1)",
      "at parse (node_modules/zod/core.js:9:1)",
    ],
    ['  File "/usr/lib/python3.11/json/decoder.py", line 3', '  File "python3.11/json/decoder.py", line 3'],
    ['File "/v/lib/python3.11/site-packages/zarr/a.py"', 'File "python3.11/site-packages/zarr/a.py"'],
    ["https://example.org/a/b and 3/4", "https://example.org/a/b and 3/4"],
    ["https://example.org/node_modules/b", "https://example.org/node_modules/b"],
    ["no path", "no path"],
  ])("are taken away: %s", (text, shown) => {
    expect(hide(text)).toBe(shown);
  });

  it("are taken away in every text of a value", () => {
    const value = { a: ["/srv/results/x", 1, null], b: { c: true, d: "/tmp/scratch-1/run-1" } };
    expect(hiddenIn(value, hide)).toEqual({ a: ["results/x", 1, null], b: { c: true, d: "." } });
  });

  it("cost time in proportion to the text, whatever a workflow writes", () => {
    const start = performance.now();
    for (const part of ["/a", "a", "/srv/results", "file:///", "/node_modules", "/node_modules/"])
      hide(part.repeat(100_000));
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it("leave texts alone where there is nothing to hide", () => {
    expect(hidingPaths([])("/srv/x")).toBe("/srv/x");
  });
});
