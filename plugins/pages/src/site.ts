import type { Pictures } from "@zarr-gateway/plugin";

/** What all pages have alike. */
export interface Site {
  readonly title: string;
  readonly description?: string | undefined;
  /** Names of the loaded plugins. */
  readonly plugins: ReadonlySet<string>;
  /** Where the server draws pictures. */
  readonly pictures?: Pictures | undefined;
}
