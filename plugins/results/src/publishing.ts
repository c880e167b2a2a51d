import type { CatalogWish, PublishingWishes, ResultPublishing, StepCall } from "@zarr-gateway/jobs";
import { GatewayError } from "@zarr-gateway/primitives";
import type { CatalogTemplates } from "./catalog/catalog-options.ts";
import { assertCatalogAllowed, catalogUrl } from "./catalog/catalog-url.ts";
import { CATALOG_STEP, MANIFEST_STEP, STORE_STEP } from "./job-run.ts";
import { parseTarget, type StorageTarget } from "./storage/storage-target.ts";
import { assertAllowed } from "./storage/store-step.ts";

export interface PublishingOptions {
  /** Where results may be stored. */
  readonly allowTargets: readonly StorageTarget[];
  /** Where they are stored without a wish. */
  readonly defaultTarget: string | undefined;
  readonly allowCatalogs: readonly URL[];
  readonly templates: CatalogTemplates;
  readonly assertRoom: () => Promise<void>;
}

/** What comes after the run of a job. Pure but for `assertRoom`. */
export function resultPublishing(options: PublishingOptions): ResultPublishing {
  return {
    steps: (definition, wishes = {}) => stepsAfter(definition, wishes, options),
    assertRoom: () => options.assertRoom(),
  };
}

function stepsAfter(
  definition: string,
  wishes: PublishingWishes,
  options: PublishingOptions,
): readonly StepCall[] {
  const { allowTargets, defaultTarget } = options;
  const steps: StepCall[] = [{ step: MANIFEST_STEP, phase: "publishing" }];
  const target = wishes.target ?? defaultTarget;
  if (target !== undefined) {
    assertAllowed(parseTarget(target), allowTargets);
    steps.push({ step: STORE_STEP, phase: "publishing", settings: { target } });
  }
  if (wishes.catalog !== undefined) steps.push(catalogCall(definition, wishes.catalog, options));
  return steps;
}

function catalogCall(definition: string, wish: CatalogWish, options: PublishingOptions): StepCall {
  const { url, collection, template = definition, values = {} } = wish;
  assertCatalogAllowed(catalogUrl(url), options.allowCatalogs);
  if (wish.template !== undefined && options.templates[wish.template] === undefined)
    throw new GatewayError(
      "invalid_request",
      `there is no catalog template "${wish.template}" (jobs.catalogs.templates)`,
    );
  const settings = { url, template, values, ...(collection !== undefined && { collection }) };
  return { step: CATALOG_STEP, phase: "publishing", settings };
}
