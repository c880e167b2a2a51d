import { hash } from "node:crypto";
import { type BoundingBox, type Dataset, describeDataset, geometryOf } from "@zarr-gateway/dataset";
import type { JobRecord, Json } from "@zarr-gateway/jobs";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";

/** What templates can speak of. */
export type CatalogValues = Readonly<Record<string, Json>>;

/** What is known of a result besides its data. */
export interface CatalogSubject {
  readonly job: JobRecord;
  readonly dataset: Dataset;
  /** Where it can be read. */
  readonly href: string;
  readonly mediaType: string;
}

const WORLD: BoundingBox = [-180, -90, 180, 90];

/**
 * Times are those that the data are for, from the first lead of the first initial time to the last of the last, with their
 * zone, as RFC 3339 wants it. `uuid` follows from the job: asking again makes the same item.
 * @throws GatewayError unprocessable for a result without times, of which STAC can say nothing
 */
export async function catalogValues(
  { job, dataset, href, mediaType }: CatalogSubject,
  options: CallOptions,
): Promise<CatalogValues> {
  const { time, space, variables, title, summary } = await describeDataset(dataset, options);
  if (time === undefined)
    throw new GatewayError("unprocessable", `the result of "${job.id}" has no times: a catalog needs them`);
  const bbox = space?.bbox ?? WORLD;
  const reference = time.forecast?.reference.first ?? time.start;
  return {
    job: job.id,
    workflow: job.definition,
    uuid: uuidOf(job.id),
    title: title ?? `${job.definition} of ${reference}`,
    description: summary ?? `Result of the workflow ${job.definition}, job ${job.id}`,
    start: utc(time.start),
    end: utc(time.end),
    reference: utc(reference),
    referenceHour: utc(reference).slice(0, 13),
    created: new Date(job.createdAt).toISOString(),
    bbox: [...bbox],
    geometry: { ...geometryOf(bbox) } as Json, // numbers in lists
    href,
    mediaType,
    variables: variables
      .filter(({ isCoordinate }) => !isCoordinate)
      .map(({ path }) => path.replace(/^\//, "")),
  };
}

/** @throws GatewayError unprocessable for a time that RFC 3339 does not have */
function utc(time: string): string {
  const at = Date.parse(/(?:Z|[+-]\d\d:\d\d)$/.test(time) ? time : `${time}Z`);
  if (Number.isNaN(at)) throw new GatewayError("unprocessable", `"${time}" is no time for a catalog`);
  return new Date(at).toISOString().replace(".000Z", "Z");
}

/** RFC 9562 version 8: of the job's id. */
function uuidOf(job: string): string {
  const digits = hash("sha256", `catalog ${job}`).slice(0, 32);
  const variant = ((Number.parseInt(digits[16] ?? "0", 16) & 0x3) | 0x8).toString(16);
  const text = `${digits.slice(0, 12)}8${digits.slice(13, 16)}${variant}${digits.slice(17)}`;
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
