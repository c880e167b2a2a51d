import { type Canvas, createCanvas, ImageData } from "@napi-rs/canvas";

const QUALITY = 90;
let usual: Canvas | undefined;

/** A WebP file, lossy, of RGBA words that are not premultiplied. */
export function encodeWebp(
  pixels: Uint32Array<ArrayBuffer>,
  { width, height }: { readonly width: number; readonly height: number },
): Uint8Array {
  // the memory of the frame before
  if (usual?.width !== width || usual.height !== height) usual = createCanvas(width, height);
  const bytes = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  usual.getContext("2d").putImageData(new ImageData(bytes, width, height), 0, 0);
  return usual.encodeSync("webp", QUALITY);
}
