import type { Json } from "@zarr-gateway/jobs";
import type { CallOptions } from "@zarr-gateway/primitives";
import { type CatalogClient, pollOperation, refusal } from "./catalog-client.ts";
import { TILE_SETTINGS } from "./catalog-documents.ts";
import type { CatalogTemplate } from "./catalog-options.ts";

/** A result as it is entered. */
export interface Entry {
  readonly collectionId: string;
  readonly collection: Json;
  readonly itemId: string;
  readonly item: Json;
  readonly renders: readonly Json[];
  readonly tileSettings: CatalogTemplate["tileSettings"];
}

/** Below the address of the catalog. */
export function collectionPath(kind: "geocatalog" | "stac", id: string): string {
  return `${kind === "geocatalog" ? "stac/" : ""}collections/${encodeURIComponent(id)}`;
}

export interface EnterOptions extends CallOptions {
  /** Between two looks at an operation. */
  readonly pollMs: number;
  readonly maxPollMs: number;
  readonly onStep: (sentence: string) => void;
}

/**
 * Into a GeoCatalog of Microsoft Planetary Computer Pro: the collection where there is none, how it is drawn, then the item,
 * each polled to its end. What is there already is made again without harm.
 */
export async function enterGeoCatalog(
  client: CatalogClient,
  entry: Entry,
  options: EnterOptions,
): Promise<void> {
  const { signal, pollMs, maxPollMs, onStep } = options;
  const collection = collectionPath("geocatalog", entry.collectionId);
  const begin = async (method: string, path: string, body: Json): Promise<void> => {
    const answer = await client.expect([200, 201, 202], method, path, { body, signal });
    const location = answer.headers.get("location") ?? answer.headers.get("operation-location");
    if (location !== null)
      await pollOperation(client, location, { everyMs: pollMs, maxMs: maxPollMs, signal });
  };
  const found = await client.request("GET", collection, { signal });
  if (found.status === 404) {
    onStep(`creating the collection ${entry.collectionId}`);
    await begin("POST", "stac/collections", entry.collection);
  } else if (found.status !== 200) throw refusal("GET", collection, found);
  onStep("setting how it is drawn");
  const tiles = entry.tileSettings ?? TILE_SETTINGS;
  await client.expect([200, 201], "PUT", `${collection}/configurations/tile-settings`, {
    body: tiles,
    signal,
  });
  for (const body of entry.renders)
    await render(client, `${collection}/configurations/render-options`, body, { signal });
  onStep(`entering ${entry.itemId}`);
  const item = await client.request("GET", `${collection}/items/${encodeURIComponent(entry.itemId)}`, {
    signal,
  });
  if (item.status === 200)
    await begin("PUT", `${collection}/items/${encodeURIComponent(entry.itemId)}`, entry.item);
  else if (item.status === 404) await begin("POST", `${collection}/items`, entry.item);
  else throw refusal("GET", `${collection}/items`, item);
}

/** One that is there from an earlier result is left as it is: somebody may have changed it. */
async function render(client: CatalogClient, path: string, body: Json, options: CallOptions): Promise<void> {
  const answer = await client.request("POST", path, { ...options, body });
  if (![200, 201, 409].includes(answer.status)) throw refusal("POST", path, answer);
}

/** Into any catalog with the STAC API's Transaction extension. */
export async function enterStacApi(
  client: CatalogClient,
  entry: Entry,
  options: EnterOptions,
): Promise<void> {
  const { signal, onStep } = options;
  const collection = collectionPath("stac", entry.collectionId);
  const found = await client.request("GET", collection, { signal });
  if (found.status === 404) {
    onStep(`creating the collection ${entry.collectionId}`);
    // somebody else may have made it meanwhile
    const made = await client.request("POST", "collections", { body: entry.collection, signal });
    if (![200, 201, 202, 409].includes(made.status)) throw refusal("POST", "collections", made);
  } else if (found.status !== 200) throw refusal("GET", collection, found);
  onStep(`entering ${entry.itemId}`);
  const added = await client.request("POST", `${collection}/items`, { body: entry.item, signal });
  if (added.status === 409)
    await client.expect(
      [200, 201, 202, 204],
      "PUT",
      `${collection}/items/${encodeURIComponent(entry.itemId)}`,
      { body: entry.item, signal },
    );
  else if (![200, 201, 202].includes(added.status)) throw refusal("POST", `${collection}/items`, added);
}
