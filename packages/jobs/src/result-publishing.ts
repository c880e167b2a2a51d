import type { CallOptions } from "@zarr-gateway/primitives";
import type { StepCall } from "./definition.ts";
import type { Json } from "./json-value.ts";

/** What a request wants done with its results, beyond keeping them here. */
export interface PublishingWishes {
  /** Where they are copied to: `s3://bucket/prefix/`, `gs://…`, `az://…`, or `https://<account>.blob.core.windows.net/<container>`. */
  readonly target?: string;
  /** Into which catalog they are entered. */
  readonly catalog?: CatalogWish;
}

export interface CatalogWish {
  /** `https://…` of a GeoCatalog or of a STAC API. */
  readonly url: string;
  /** Of the catalog; made where there is none. */
  readonly collection?: string;
  /** Name of a template of the configuration; the definition's own unless told. */
  readonly template?: string;
  /** For the template. */
  readonly values?: Readonly<Record<string, Json>>;
}

/** What happens after the step `run`. Provided by the plugin `results` as service `jobs.results.publishing`. */
export interface ResultPublishing {
  /**
   * The steps that come after it, each after the one before: the manifest, and copies and catalogs where they are wished or
   * configured. Asked in `plan` and, for its refusals, in `check`.
   * @throws GatewayError invalid_request for an address that is none, forbidden outside of what the configuration allows
   */
  steps(definition: string, wishes?: PublishingWishes): readonly StepCall[];
  /**
   * To be asked before a job is taken.
   * @throws GatewayError queue_full where results fill the room there is and none of them can go yet
   */
  assertRoom(options?: CallOptions): Promise<void>;
}
