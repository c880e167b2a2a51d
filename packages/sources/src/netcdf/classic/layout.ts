import { elementCount } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import { planChunkShape } from "../chunk-plan.ts";
import type { ClassicHeader, ClassicVariable } from "./header.ts";
import { padding } from "./header-cursor.ts";

/** Where the data of one variable lie, and how they are cut into chunks. */
export interface VariableLayout {
  readonly variable: ClassicVariable;
  readonly dims: readonly string[];
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  /** Bytes from one record to the next; undefined where the variable lies in one piece. */
  readonly recordStride: number | undefined;
}

/** Layouts in the order of the file. Only arithmetic: nothing is as large as what the header declares. */
export function planLayout(header: ClassicHeader, fileSize: number): VariableLayout[] {
  const recordStride = recordBytes(header);
  const records = header.records ?? countRecords(header, recordStride, fileSize);
  return header.variables.map((variable) => {
    const isRecord = isRecordVariable(header, variable);
    const dimensions = variable.dimensions.map((position) => dimensionAt(header, position));
    const dims = dimensions.map(({ name }) => name);
    const shape = dimensions.map(({ length }) => (length === 0 ? records : length));
    const chunkShape = planChunkShape({
      shape,
      itemBytes: variable.type.bytes,
      isCoordinate: dims.length === 1 && dims[0] === variable.name,
      isInterleaved: isRecord && recordStride !== variableBytes(header, variable),
    });
    return { variable, dims, shape, chunkShape, recordStride: isRecord ? recordStride : undefined };
  });
}

/** Bytes of a variable, or of one record of it, without padding. */
export function variableBytes(header: ClassicHeader, variable: ClassicVariable): number {
  const lengths = variable.dimensions.map((position) => dimensionAt(header, position).length);
  return variable.type.bytes * elementCount(isRecordVariable(header, variable) ? lengths.slice(1) : lengths);
}

/** Bytes of one record of all record variables. A variable that is the only one is not padded. */
function recordBytes(header: ClassicHeader): number {
  const sizes = header.variables
    .filter((variable) => isRecordVariable(header, variable))
    .map((variable) => variableBytes(header, variable));
  if (sizes.length === 1) return sizes[0] ?? 0;
  return sizes.reduce((total, size) => total + size + padding(size), 0);
}

/** Whole records between the first one and the end of the file. */
function countRecords(header: ClassicHeader, recordStride: number, fileSize: number): number {
  const begins = header.variables.filter((v) => isRecordVariable(header, v)).map(({ begin }) => begin);
  const first = begins.reduce((least, begin) => Math.min(least, begin), fileSize);
  return recordStride === 0 ? 0 : Math.floor((fileSize - first) / recordStride);
}

function isRecordVariable(header: ClassicHeader, variable: ClassicVariable): boolean {
  const [first] = variable.dimensions;
  return first !== undefined && dimensionAt(header, first).length === 0;
}

function dimensionAt(
  header: ClassicHeader,
  position: number,
): { readonly name: string; readonly length: number } {
  const dimension = header.dimensions[position];
  if (dimension === undefined)
    throw new GatewayError("upstream", `damaged: there is no dimension ${position}`);
  return dimension;
}
