import { z } from "zod";

/** How results of one kind are entered into a catalog. Texts hold `{name}`, filled in when a result is there. */
export const catalogTemplate = z.strictObject({
  kind: z.enum(["geocatalog", "stac"]).optional(),
  /** Id of the collection where a request names none; `{uuid}` makes one for each job. */
  collectionId: z.string().min(1).optional(),
  /** Laid over the collection that is made where there is none. */
  collection: z.record(z.string(), z.json()).default({}),
  /** Laid over the item. */
  item: z.record(z.string(), z.json()).default({}),
  /** Of GeoCatalogs. */
  tileSettings: z.record(z.string(), z.json()).optional(),
  /** Of GeoCatalogs: one for each variable that is shown. */
  renders: z.array(z.record(z.string(), z.json())).default([]),
});
export type CatalogTemplate = z.output<typeof catalogTemplate>;

export const catalogTemplates = z.record(z.string(), catalogTemplate);
export type CatalogTemplates = z.output<typeof catalogTemplates>;

/** Of definitions that have no template of their own. */
export const DEFAULT_TEMPLATE: CatalogTemplate = catalogTemplate.parse({});
