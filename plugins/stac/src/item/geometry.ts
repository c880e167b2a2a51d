import type { BoundingBox } from "@zarr-gateway/dataset";

/** Micro-degrees: what float32 coordinates add beyond is noise. */
const DIGITS = 1e6;

export function roundedBox(box: BoundingBox): BoundingBox {
  const [west, south, east, north] = box.map((value) => Math.round(value * DIGITS) / DIGITS);
  return [west ?? 0, south ?? 0, east ?? 0, north ?? 0];
}

/** The smallest box around boxes, whole circles of latitude where one of them crosses the antimeridian. */
export function unionOfBoxes(boxes: Iterable<BoundingBox>): BoundingBox | undefined {
  let union: [number, number, number, number] | undefined;
  for (const [west, south, east, north] of boxes) {
    const [left, right] = west > east ? [-180, 180] : [west, east];
    union =
      union === undefined
        ? [left, south, right, north]
        : [
            Math.min(union[0], left),
            Math.min(union[1], south),
            Math.max(union[2], right),
            Math.max(union[3], north),
          ];
  }
  return union;
}
