/** An array of an `.npy` file, in C order. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly values: Float64Array | Float32Array;
}

/** What stands before the values. */
export interface NpyHeader {
  readonly shape: readonly number[];
  readonly isFortranOrder: boolean;
  readonly type: NpyType;
  readonly isLittleEndian: boolean;
  /** Position of the first value. */
  readonly dataOffset: number;
  readonly count: number;
}

const TYPES = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"] as const;
type NpyType = (typeof TYPES)[number];

/** Enough for the header of any plain array; NumPy pads it to 64 bytes and writes about 120. */
export const NPY_HEADER_BYTES = 4096;
const MAX_RANK = 8;

/** A file that is no `.npy` file that can be read here; says what was expected and what came. */
export class NpyError extends Error {
  override readonly name = "NpyError";
}

/**
 * Reads the header of versions 1 to 3.
 * @param bytes the beginning of the file: `NPY_HEADER_BYTES`, or all there are
 * @throws NpyError
 * @see numpy.lib.format
 */
export function parseNpyHeader(bytes: Uint8Array): NpyHeader {
  const [version, text, dataOffset] = headerText(bytes);
  const descr = /'descr'\s*:\s*(?:'([^']*)'|(.))/.exec(text);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shapeText = /'shape'\s*:\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  if (descr === null || order === undefined || shapeText === undefined)
    throw new NpyError(`the header (version ${version}) has no descr, fortran_order and shape`);
  const [, endian, name] = /^([<>=|])(\w+)$/.exec(descr[1] ?? "") ?? [];
  const type = TYPES.find((one) => one === name);
  if (type === undefined)
    throw new NpyError(
      `expected floating-point or integer values (${TYPES.join(", ")}); got ${descr[1] ?? "a structure"}`,
    );
  const shape = shapeText
    .split(",")
    .filter((part) => part.trim() !== "")
    .map(Number);
  const count = shape.reduce((product, length) => product * length, 1);
  if (shape.length > MAX_RANK || !Number.isSafeInteger(count))
    throw new NpyError(`expected at most ${MAX_RANK} dimensions; got the shape (${shape.join(", ")})`);
  return {
    shape,
    isFortranOrder: order === "True",
    type,
    isLittleEndian: endian !== ">",
    dataOffset,
    count,
  };
}

function headerText(bytes: Uint8Array): [version: number, text: string, dataOffset: number] {
  const magic = Buffer.from(bytes.subarray(0, 6)).toString("latin1");
  if (magic !== "\x93NUMPY" || bytes.length < 12)
    throw new NpyError("the file does not begin as .npy files do");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6] ?? 0;
  if (version < 1 || version > 3) throw new NpyError(`expected version 1, 2 or 3; got ${version}`);
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (start + length > bytes.length)
    throw new NpyError(`the header of ${length} bytes is cut off, or longer than ${NPY_HEADER_BYTES}`);
  const text = Buffer.from(bytes.subarray(start, start + length)).toString("utf8");
  return [version, text, start + length];
}

export function npyDataBytes({ type, count }: NpyHeader): number {
  return count * Number(type.slice(1));
}

/**
 * The values, in C order.
 * @param bytes exactly those behind the header
 * @throws NpyError where the file has fewer or more
 */
export function parseNpyValues(header: NpyHeader, bytes: Uint8Array): NpyArray {
  const { shape, count, isFortranOrder } = header;
  const size = npyDataBytes(header);
  if (bytes.byteLength !== size)
    throw new NpyError(`expected ${size} bytes for the shape (${shape.join(", ")}); got ${bytes.byteLength}`);
  const values =
    header.type === "f4" || header.type === "f2" ? new Float32Array(count) : new Float64Array(count);
  const read = reader(header, new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const width = Number(header.type.slice(1));
  const order = isFortranOrder ? fortranPositions(shape) : undefined;
  for (let i = 0; i < count; i++) values[i] = read((order === undefined ? i : (order[i] ?? 0)) * width);
  return { shape, values };
}

function reader({ type, isLittleEndian }: NpyHeader, view: DataView): (offset: number) => number {
  switch (type) {
    case "f2":
      return (offset) => view.getFloat16(offset, isLittleEndian);
    case "f4":
      return (offset) => view.getFloat32(offset, isLittleEndian);
    case "f8":
      return (offset) => view.getFloat64(offset, isLittleEndian);
    case "i1":
      return (offset) => view.getInt8(offset);
    case "i2":
      return (offset) => view.getInt16(offset, isLittleEndian);
    case "i4":
      return (offset) => view.getInt32(offset, isLittleEndian);
    case "i8":
      return (offset) => Number(view.getBigInt64(offset, isLittleEndian));
    case "u1":
      return (offset) => view.getUint8(offset);
    case "u2":
      return (offset) => view.getUint16(offset, isLittleEndian);
    case "u4":
      return (offset) => view.getUint32(offset, isLittleEndian);
    case "u8":
      return (offset) => Number(view.getBigUint64(offset, isLittleEndian));
  }
}

/** For each element in C order its position in Fortran order (first index fastest). */
function fortranPositions(shape: readonly number[]): Float64Array {
  const strides: number[] = [];
  let stride = 1;
  for (const length of shape) {
    strides.push(stride);
    stride *= length;
  }
  const positions = new Float64Array(stride);
  const index = shape.map(() => 0);
  for (let i = 0, position = 0; i < stride; i++) {
    positions[i] = position;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position += strides[axis]!;
      index[axis]! += 1;
      if (index[axis]! < shape[axis]!) break;
      position -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return positions;
}
