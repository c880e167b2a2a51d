import { expect, it } from "vitest";
import { namesBelow } from "./object-names.ts";

it("a listing goes through all pages and leaves out what no key can name", async () => {
  const pages: Record<string, { names: string[]; next: string | undefined }> = {
    first: { names: ["a/", "a/b/", "a/c.nc", "a//"], next: "second" },
    second: { names: ["a/d", "a/../", "elsewhere"], next: undefined },
  };
  const names = await Array.fromAsync(
    namesBelow("a/", async (next) => pages[next ?? "first"] ?? { names: [], next: undefined }),
  );
  expect(names).toEqual(["b/", "c.nc", "d"]);
});
