import type { DatasetEnv, Representation } from "@zarr-gateway/plugin";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { negotiated } from "./representations.ts";

const representation = (mediaType: string): Representation => ({
  mediaType,
  answer: (c) => c.text(mediaType),
});

const app = new Hono<DatasetEnv>();
app.get("/", negotiated([representation("application/json"), representation("application/geo+json")]));
app.get("/", (c) => c.text("page"));

describe("the forms of a dataset", () => {
  it.each([
    [undefined, "page"],
    ["*/*", "page"],
    ["text/html,application/xhtml+xml,*/*;q=0.8", "page"],
    ["text/html, application/json", "page"],
    ["application/json", "application/json"],
    ["application/json, text/plain, */*", "application/json"],
    ["application/geo+json, application/json;q=0.9", "application/geo+json"],
    ["text/html;q=0.5, application/json;q=0.8", "application/json"],
    ["application/json;q=0", "page"],
    ["image/png", "page"],
  ])("for %s", async (accept, expected) => {
    const response = await app.request("/", accept === undefined ? {} : { headers: { Accept: accept } });
    expect(await response.text()).toBe(expected);
    expect(response.headers.get("vary")).toContain("Accept");
  });
  it("are one for each media type", () => {
    const twice = [representation("application/json"), representation("application/json")];
    expect(() => negotiated(twice)).toThrow(/two plugins/);
  });
});
