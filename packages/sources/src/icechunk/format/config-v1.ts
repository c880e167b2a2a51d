import type { ChunkPlace } from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { ByteStore } from "@zarr-gateway/stores";

const CONFIG_KEY = "config.yaml";
const MAX_CONFIG_BYTES = 256 * 1024;

/**
 * Where virtual chunks may lie, from the configuration that version 1 keeps as YAML. Its one writer lays it out the same
 * way each time, a line for each key; of what is laid out otherwise nothing is told.
 */
export async function chunkPlacesV1(store: ByteStore, { signal }: CallOptions = {}): Promise<ChunkPlace[]> {
  const range = { offset: 0, length: MAX_CONFIG_BYTES };
  const bytes = await store.get(CONFIG_KEY, { range, signal });
  if (bytes === undefined) return [];
  const places: { prefix: string; region?: string }[] = [];
  for (const line of new TextDecoder().decode(bytes).split("\n")) {
    const [, key, value = ""] = /^ {4,}(url_prefix|region): *(.+)$/.exec(line.trimEnd()) ?? [];
    const text = value.replace(/^(['"])(.*)\1$/, "$2");
    const last = places.at(-1);
    if (key === "url_prefix") places.push({ prefix: text });
    else if (key === "region" && last && text !== "null") last.region = text;
  }
  return places;
}
