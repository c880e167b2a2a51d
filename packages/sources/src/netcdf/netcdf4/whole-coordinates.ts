import {
  type Attributes,
  bytesPerElement,
  chunkCounts,
  coordinateNames,
  type Dataset,
  elementCount,
  type Variable,
} from "@zarr-gateway/dataset";
import { assembledSource } from "./assembled-source.ts";

/** A variable in several chunks is put together up to this size. */
const MAX_BYTES = 4 * 1024 * 1024;
/** So many take some seconds to read. */
const MAX_CHUNKS = 100_000;
/** Elements of text count as so many bytes. */
const TEXT_BYTES = 16;

/** The variables of a group, those that clients read whole when they open it (coordinates and their bounds) in one chunk. */
export function wholeCoordinates(group: Pick<Dataset, "attrs" | "variables">): Map<string, Variable> {
  const coordinates = coordinateNames({ ...group, groups: new Map() });
  const attrs = [...coordinates].map((name) => group.variables.get(name)?.attrs ?? {});
  const whole = new Set([...coordinates, ...attrs.flatMap(boundsNames)]);
  return new Map(
    [...group.variables].map(([name, variable]) => [name, whole.has(name) ? inOneChunk(variable) : variable]),
  );
}

/** @see CF conventions 7.1 and 7.4 */
function boundsNames(attrs: Attributes): string[] {
  return [attrs["bounds"], attrs["climatology"]]
    .filter((name) => typeof name === "string")
    .map((name) => name.trim());
}

function inOneChunk(variable: Variable): Variable {
  const { source } = variable;
  const bytes = elementCount(source.grid.shape) * (bytesPerElement(source.dtype) ?? TEXT_BYTES);
  const chunks = elementCount(chunkCounts(source.grid));
  const isWorthIt = chunks > 1 && chunks <= MAX_CHUNKS && bytes <= MAX_BYTES;
  return isWorthIt ? { ...variable, source: assembledSource(source) } : variable;
}
