import type { JobRecord } from "@zarr-gateway/jobs";
import { z } from "zod";

/** The step that enters results into a catalog, where a job has one. */
const CATALOG_STEP = "results.catalog";

const entered = z.object({ url: z.string(), collection: z.string(), item: z.string() });

/** Where results stand in a catalog, under the names that Earth2Studio has for it; nothing where they stand in none. */
export function catalogEntry(job: JobRecord): Readonly<Record<string, string>> {
  const steps = job.tasks.flatMap((task) => task.steps);
  const known = entered.safeParse(steps.find(({ step }) => step === CATALOG_STEP)?.output);
  if (!known.success) return {};
  const { url, collection, item } = known.data;
  return { geo_catalog_url: url, geocatalog_collection_id: collection, geocatalog_stac_feature_id: item };
}
