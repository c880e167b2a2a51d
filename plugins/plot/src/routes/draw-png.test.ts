import { createByteCache, createLimiter, createWorkerPool } from "@zarr-gateway/primitives";
import { afterAll, expect, it } from "vitest";
import { pictureDrawing } from "./draw-png.ts";

const pool = createWorkerPool({ threads: 1, maxQueue: 10 });
afterAll(() => pool.close());
const drawing = pictureDrawing({
  pool,
  cache: createByteCache(1 << 20),
  limiter: createLimiter(1, 4),
  patience: createLimiter(1, 4),
  limits: { maxValues: 1000, maxBytes: 1 << 20 },
});

const grid = { shape: [4, 6], chunkShape: [4, 6] };
const values = Float32Array.from({ length: 24 }, (_, at) => at);
const field = {
  name: "t",
  dims: ["y", "x"],
  attrs: {},
  source: {
    dtype: "float32" as const,
    grid,
    fill: null,
    read: () => Promise.resolve({ shape: [4, 6], values }),
  },
};
const dataset = { attrs: {}, variables: new Map([["t", field]]), groups: new Map() };

it("draws as the address of a picture says, and refuses what that refuses", async () => {
  const bytes = Buffer.from(await drawing.png(dataset, { variable: "t", query: "width=320&height=200" }));
  expect(bytes.subarray(1, 4).toString()).toBe("PNG");
  expect([bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([320, 200]);
  await expect(drawing.png(dataset, { variable: "u" })).rejects.toMatchObject({ code: "not_found" });
  await expect(drawing.png(dataset, { variable: "t", query: "cmap=none-such" })).rejects.toMatchObject({
    code: "invalid_request",
  });
});
