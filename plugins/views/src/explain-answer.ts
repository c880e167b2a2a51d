import { chunkIndexOf, parseZarrKey } from "@zarr-gateway/codecs";
import { jsonResource, respond } from "@zarr-gateway/http";
import type { DatasetEnv } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import type { Context } from "hono";
import { type Explained, explainChunk, explainDataset, type NamedChunk } from "./explain.ts";

/** What a URL below a dataset would read and compute, as JSON; nothing of it is done. */
export async function explainAnswer(
  c: Context<DatasetEnv>,
  services: Omit<Explained, "id" | "dataset">,
): Promise<Response> {
  const explained = { ...services, id: c.var.datasetId, dataset: c.var.dataset };
  const chunk = namedChunk(c);
  const content = chunk
    ? await explainChunk(explained, chunk, { signal: c.req.raw.signal })
    : explainDataset(explained);
  if (content === undefined) throw new GatewayError("not_found", "there is no such chunk");
  return respond(c, jsonResource(content));
}

const FORMATS = { zarr: ["v3", "v2"], zarr2: ["v2"], kerchunk: ["v2"] } as const;

/** The chunk that a URL names; undefined where it names none, but a document or a page. */
function namedChunk(c: Context<DatasetEnv>): NamedChunk | undefined {
  const [store = "", ...key] = c.req.path.split("/").slice(3);
  if (!isStore(store)) return undefined;
  for (const found of parseZarrKey(key.join("/"), FORMATS[store])) {
    if (found.kind !== "chunk") continue;
    const [name, ...more] = found.path;
    const variable = c.var.dataset.variables.get(name ?? "");
    if (name === undefined || more.length > 0 || variable === undefined) continue;
    return { name, index: chunkIndexOf(found.index, found.format, variable.dims.length) };
  }
  return undefined;
}

function isStore(text: string): text is keyof typeof FORMATS {
  return Object.hasOwn(FORMATS, text);
}
