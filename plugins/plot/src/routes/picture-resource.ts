import type { Dataset } from "@zarr-gateway/dataset";
import type { Resource } from "@zarr-gateway/http";
import type { ByteCache, CallOptions } from "@zarr-gateway/primitives";
import { type FieldLimits, type FieldPlan, planField } from "../field/plan-field.ts";
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
}

/** A picture that is drawn when somebody reads it; its validator is known from the plan alone. */
export function pictureResource(
  { dataset, found, request }: PictureSubject,
  services: PictureServices,
): Resource {
  let planned: Promise<Planned> | undefined;
  const plan = (options: CallOptions): Promise<Planned> => {
    planned ??= planPicture({ dataset, found, request }, services, options);
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
      const { plan: field, key } = await plan(options);
      const draw = (shared: CallOptions): Promise<Uint8Array> => drawPicture(field, services, shared);
      const { signal } = options;
      const bytes =
        key === undefined ? await draw({ signal }) : await services.cache.getOrCreate(key, draw, { signal });
      return range && bytes ? bytes.subarray(range.offset, range.offset + range.length) : bytes;
    },
  };
}

interface Planned {
  readonly plan: FieldPlan;
  readonly tag: string | undefined;
  readonly key: string | undefined;
}

async function planPicture(
  { dataset, found, request }: PictureSubject,
  { limits }: PictureServices,
  options: CallOptions,
): Promise<Planned> {
  const plan = await planField(found, request, { signal: options.signal, dataset, limits });
  const tag = await pictureTag(plan, dataset, { signal: options.signal });
  return { plan, tag, key: tag === undefined ? undefined : `plot ${dataset.version ?? ""} ${tag}` };
}
