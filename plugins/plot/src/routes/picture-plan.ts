import { hash } from "node:crypto";
import type { Dataset } from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { FieldPlan } from "../field/plan-field.ts";
import { touchedChunks, touchedCount } from "../field/read-block.ts";

/** Changes with everything that changes the bytes of pictures: a picture of another release is another one. */
export const DRAWING_VERSION = "2";

/** More versions of chunks than that cost more to ask for than the picture. */
const MAX_VERSIONS = 512;

/**
 * What a picture is made of, as a validator: the dataset's version, those of the chunks where they have their own, and
 * all that was asked, so that equal pictures share it. undefined where nobody can tell.
 */
export async function pictureTag(
  plan: FieldPlan,
  dataset: Dataset,
  options: CallOptions,
): Promise<string | undefined> {
  if (dataset.version === undefined) return undefined;
  const chunks = await chunkVersions(plan, dataset, options);
  if (chunks === undefined) return undefined;
  return hash("sha1", `${DRAWING_VERSION} ${dataset.version} ${chunks} ${canonicalForm(plan)}`, "base64url");
}

/** The same for all requests that mean the same picture. */
export function canonicalForm({ found: { path }, request, picks, drawing, frames }: FieldPlan): string {
  const { labels: _labels, positions: _positions, isNearest: _method, ...rest } = request;
  const sorted = JSON.stringify(rest, (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return JSON.stringify([path, sorted, picks, drawing.dims, drawing.shape.kind, frames?.axis.dim]);
}

async function chunkVersions(
  { found, picks }: FieldPlan,
  dataset: Dataset,
  options: CallOptions,
): Promise<string | undefined> {
  const { source } = found.variable;
  if (dataset.versionCoversChunks === true || source.version === undefined) return "";
  if (touchedCount(source, picks) > MAX_VERSIONS) return undefined;
  const versions = await Promise.all(
    touchedChunks(source, picks).map(async (index) => source.version?.(index, options)),
  );
  if (versions.some((version) => version === undefined)) return undefined;
  return hash("sha1", versions.map((version) => version?.version).join(" "), "base64url");
}
