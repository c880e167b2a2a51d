import type { Place, Size } from "./gif.ts";

type Pixels = Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** The smallest rectangle outside of which two pictures are the same, with even corners; one of 2 × 2 where nothing changed. */
export function changedPlace(before: Pixels, now: Pixels, { width, height }: Size): Place {
  const isSame = (row: number, column: number): boolean =>
    before[row * width + column] === now[row * width + column];
  const isRowSame = (row: number): boolean => {
    for (let column = 0; column < width; column += 1) if (!isSame(row, column)) return false;
    return true;
  };
  let [top, bottom] = [0, height];
  while (top < height && isRowSame(top)) top += 1;
  if (top === height) return { left: 0, top: 0, width: Math.min(2, width), height: Math.min(2, height) };
  while (isRowSame(bottom - 1)) bottom -= 1;
  let [left, right] = [width, 0];
  for (let row = top; row < bottom; row += 1) {
    let column = 0;
    while (column < left && isSame(row, column)) column += 1;
    left = column;
    column = width;
    while (column > right && isSame(row, column - 1)) column -= 1;
    right = column;
  }
  left -= left % 2;
  top -= top % 2;
  return { left, top, width: right - left, height: bottom - top };
}

/** The pixels of a rectangle, in their own memory. */
export function croppedTo<Kind extends Pixels>(pixels: Kind, width: number, place: Place): Kind {
  if (place.width === width && place.width * place.height === pixels.length) return pixels;
  const part = new (pixels.constructor as new (length: number) => Kind)(place.width * place.height); // of its own kind
  for (let row = 0; row < place.height; row += 1) {
    const start = (place.top + row) * width + place.left;
    part.set(pixels.subarray(start, start + place.width), row * place.width);
  }
  return part;
}
