import { indexAt } from "@zarr-gateway/dataset";
import { csvLine, formatJson, type JsonValue } from "@zarr-gateway/primitives";
import type { DerivedArray, Element } from "./derived-array.ts";

type Nested = Element | readonly Nested[];

/** As xarray's `DataArray.to_dict()`, with null for what is missing. */
export function arrayJson({ name, dims, shape, elements, coords, attrs }: DerivedArray): JsonValue {
  const entries = coords.map(
    ({ name: own, dims: ownDims, labels, attrs: ownAttrs }) =>
      [
        own,
        { dims: ownDims, attrs: ownAttrs, data: ownDims.length === 0 ? (labels[0] ?? null) : labels },
      ] as const,
  );
  return { name, dims, attrs, coords: Object.fromEntries(entries), data: nested(elements, shape) };
}

export function arrayJsonText(array: DerivedArray): string {
  return formatJson(arrayJson(array));
}

/** One line an element: its labels, then the value; empty where it is missing. */
export function arrayCsv({ name, dims, shape, elements, coords }: DerivedArray): string {
  const labels = dims.map((dim) => coords.find((axis) => axis.name === dim)?.labels);
  const lines = [csvLine([...dims, name])];
  for (const [at, element] of elements.entries()) {
    const position = indexAt(shape, at);
    const cells = position.map((place, axis) => labels[axis]?.[place] ?? place);
    lines.push(
      csvLine([...cells, element].map((cell) => (typeof cell === "number" ? cell : String(cell ?? "")))),
    );
  }
  return lines.join("");
}

function nested(elements: readonly Element[], shape: readonly number[]): Nested {
  const [length, ...rest] = shape;
  if (length === undefined) return elements[0] ?? null;
  const size = rest.reduce((product, own) => product * own, 1);
  return Array.from({ length }, (_, at) => nested(elements.slice(at * size, (at + 1) * size), rest));
}
