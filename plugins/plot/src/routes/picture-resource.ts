import { areAtHand } from "@zarr-gateway/compute";
import type { Dataset } from "@zarr-gateway/dataset";
import type { Resource } from "@zarr-gateway/http";
import type { ByteCache, CallOptions } from "@zarr-gateway/primitives";
import { type FieldLimits, type FieldPlan, planField } from "../field/plan-field.ts";
import { touchedChunks } from "../field/read-block.ts";
import type { Found } from "../field/scope.ts";
import type { PictureFormat, PictureRequest } from "../request/picture-request.ts";
import { type DrawServices, drawPicture } from "./draw-picture.ts";
import { pictureTag } from "./picture-plan.ts";

export interface PictureServices extends DrawServices {
  readonly cache: ByteCache;
  readonly limits: FieldLimits;
}

const CONTENT_TYPES: Readonly<Record<PictureFormat, string>> = {
  png: "image/png",
  svg: "image/svg+xml",
  webp: "image/webp",
  gif: "image/gif",
  json: "application/json",
  npy: "application/octet-stream",
};

export interface PictureSubject {
  readonly dataset: Dataset;
  readonly found: Found;
  readonly request: PictureRequest;
  /** Set where no model is to run for it: what is not at hand is drawn without its field. */
  readonly isCheap?: true;
}

/** A picture that is drawn when somebody reads it; its validator is known from the plan alone. */
export function pictureResource(subject: PictureSubject, services: PictureServices): Resource {
  const { dataset, request } = subject;
  let planned: Promise<Planned> | undefined;
  const plan = (options: CallOptions): Promise<Planned> => {
    planned ??= planPicture(subject, services, options);
    return planned;
  };
  return {
    contentType: CONTENT_TYPES[request.format],
    cacheControl: dataset.immutable === true ? "public, max-age=31536000, immutable" : "no-cache",
    compressible: request.format === "json" || request.format === "svg",
    shareable: true,
    wholeOnly: true,
    async stat(options) {
      const { key, tag } = await plan(options);
      const known = key === undefined ? undefined : services.cache.peek(key);
      return { ...(tag !== undefined && { etag: tag }), ...(known && { size: known.length }) };
    },
    async read(range, options) {
      const { key, ...rest } = await plan(options);
      const drawing = { ...rest, readsMayWait: dataset.readsMayWait === true };
      const { signal, client } = options;
      const draw = (shared: CallOptions): Promise<Uint8Array> =>
        drawPicture(drawing, services, { ...shared, client });
      const bytes =
        key === undefined ? await draw({ signal }) : await services.cache.getOrCreate(key, draw, { signal });
      return range && bytes ? bytes.subarray(range.offset, range.offset + range.length) : bytes;
    },
  };
}

interface Planned {
  readonly plan: FieldPlan;
  readonly isEmpty: boolean;
  readonly tag: string | undefined;
  readonly key: string | undefined;
}

async function planPicture(
  { dataset, found, request, isCheap }: PictureSubject,
  { limits }: PictureServices,
  options: CallOptions,
): Promise<Planned> {
  const plan = await planField(found, request, { signal: options.signal, dataset, limits });
  const own = await pictureTag(plan, dataset, { signal: options.signal });
  const { source } = found.variable;
  const isEmpty =
    isCheap === true &&
    dataset.readsMayWait === true &&
    !areAtHand(source, touchedChunks(source, plan.picks));
  const tag = own !== undefined && isEmpty ? `${own}-empty` : own;
  return { plan, isEmpty, tag, key: tag === undefined ? undefined : `plot ${dataset.version ?? ""} ${tag}` };
}
