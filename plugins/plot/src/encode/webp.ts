import { createCanvas, ImageData } from "@napi-rs/canvas";

const QUALITY = 90;

/** A WebP file, lossy, of RGBA words that are not premultiplied. */
export function encodeWebp(
  pixels: Uint32Array<ArrayBuffer>,
  { width, height }: { readonly width: number; readonly height: number },
): Uint8Array {
  const canvas = createCanvas(width, height);
  const bytes = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  canvas.getContext("2d").putImageData(new ImageData(bytes, width, height), 0, 0);
  return canvas.encodeSync("webp", QUALITY);
}
