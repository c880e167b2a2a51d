import type { Transferred } from "@zarr-gateway/primitives";
import { type DrawnValues, fieldJson } from "../encode/field-json.ts";
import { encodeNpy } from "../encode/npy.ts";
import { decodeNumbers } from "../field/packing.ts";
import { createFigure } from "./figure.ts";
import type { Numbers, PictureJob } from "./picture-job.ts";

/** Tasks of a worker thread. Drawing and encoding hold it for some ten milliseconds a picture. */
export function draw(job: PictureJob): Transferred<Uint8Array<ArrayBuffer>> {
  const values = decodeNumbers(job.stored, job.packing);
  return moved(createFigure(job, values).draw(values, 0).encode());
}

export interface ValuesJob extends PictureJob {
  readonly drawn: DrawnValues;
}

/** The values of a picture as `.npy`, in the order of the variable's dimensions. */
export function npy({ stored, packing, drawn }: ValuesJob): Transferred<Uint8Array<ArrayBuffer>> {
  return moved(encodeNpy(inOrder(decodeNumbers(stored, packing), drawn), drawn.shape));
}

/** The same as JSON, with the scale and the box that the picture would have. */
export function json(job: ValuesJob): Transferred<Uint8Array<ArrayBuffer>> {
  const values = decodeNumbers(job.stored, job.packing);
  const { scale, plan } = createFigure(job, values);
  return moved(Buffer.from(fieldJson(inOrder(values, job.drawn), job, { scale, plan })));
}

/** Values are drawn in rows; a variable may have them in columns. */
function inOrder(values: Numbers, { isTransposed, shape }: DrawnValues): Numbers {
  if (!isTransposed) return values;
  const [columns = 1, rows = 1] = shape;
  return values.map((_, at) => values[(at % rows) * columns + Math.floor(at / rows)] ?? Number.NaN);
}

/** A copy of its own where the bytes are part of a larger buffer. */
function moved(bytes: Uint8Array): Transferred<Uint8Array<ArrayBuffer>> {
  const value = new Uint8Array(bytes);
  return { value, transfer: [value.buffer] };
}
