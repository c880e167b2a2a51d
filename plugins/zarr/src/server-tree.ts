import {
  formatConsolidatedV2,
  formatGroupV3,
  formatMemberGroupV3,
  GROUP_V2,
  type JsonObject,
  type ZarrFormat,
} from "@zarr-gateway/codecs";
import type { Dataset } from "@zarr-gateway/dataset";
import { respond } from "@zarr-gateway/http";
import { described, type Host } from "@zarr-gateway/plugin";
import { type CallOptions, mapConcurrently, messageOf, SingleFlight } from "@zarr-gateway/primitives";
import { Hono } from "hono";
import { documentResource, type PublishedDocument, publishedDocument } from "./documents.ts";
import type { Publisher } from "./publisher.ts";

/** Datasets that are opened at once for the document of them all. */
const MAX_OPENING = 8;

/** The whole server as one consolidated hierarchy, each dataset a group named by its id. */
export function serverTreeRoutes(host: Host, publisher: Publisher): Hono {
  const routes = new Hono();
  const tree = createServerTree(host, publisher);
  for (const [path, format] of [
    ["/datasets/zarr.json", "v3"],
    ["/datasets/.zmetadata", "v2"],
  ] as const) {
    const operation = {
      summary: `All datasets as one consolidated Zarr ${format} hierarchy`,
      tags: ["zarr"],
      answers: { "application/json": {} },
    };
    routes.get(
      path,
      described(operation, async (c) =>
        respond(c, documentResource(await tree(format, { signal: c.req.raw.signal }), "no-cache")),
      ),
    );
  }
  return routes;
}

interface Branch {
  readonly id: string;
  readonly dataset: Dataset;
}

/** Datasets are closed when nobody asks for them: this must not keep them. */
interface Remembered {
  readonly branches: readonly { readonly id: string; readonly dataset: WeakRef<Dataset> }[];
  readonly document: PublishedDocument;
}

type ServerTree = (format: ZarrFormat, options: CallOptions) => Promise<PublishedDocument>;

/** Opening shares its work between requests; the document is written anew only when a dataset was opened anew. */
function createServerTree(host: Host, publisher: Publisher): ServerTree {
  const opening = new SingleFlight<"all", readonly Branch[]>();
  const last = new Map<ZarrFormat, Remembered>();
  return async (format, options) => {
    const branches = await opening.run("all", (shared) => openAll(host, shared), options);
    const known = last.get(format);
    if (known && isSameTree(known.branches, branches)) return known.document;
    const document = publishedDocument(
      format === "v3" ? treeV3(branches, publisher) : treeV2(branches, publisher),
    );
    const remembered = branches.map(({ id, dataset }) => ({ id, dataset: new WeakRef(dataset) }));
    last.set(format, { branches: remembered, document });
    return document;
  };
}

/** A dataset that cannot be opened must not hide the others: it is left out, and its own routes say why. */
async function openAll(host: Host, options: CallOptions): Promise<readonly Branch[]> {
  const ids: string[] = [];
  for await (const id of host.datasets.ids()) ids.push(id);
  const opened = await mapConcurrently(ids, MAX_OPENING, async (id): Promise<Branch | undefined> => {
    options.signal?.throwIfAborted();
    try {
      return { id, dataset: await host.datasets.open(id, options) };
    } catch (error) {
      options.signal?.throwIfAborted();
      host.log.warn({ dataset: id, reason: messageOf(error) }, "dataset left out of the server's hierarchy");
      return undefined;
    }
  });
  return opened.filter((branch) => branch !== undefined);
}

function isSameTree(known: Remembered["branches"], branches: readonly Branch[]): boolean {
  return (
    known.length === branches.length &&
    known.every(({ id, dataset }, position) => {
      const branch = branches[position];
      return id === branch?.id && dataset.deref() === branch.dataset;
    })
  );
}

function treeV3(branches: readonly Branch[], publisher: Publisher): JsonObject {
  const members = new Map<string, JsonObject>();
  for (const { id, dataset } of branches) members.set(id, formatMemberGroupV3(dataset.attrs));
  for (const { id, dataset } of branches) {
    for (const [path, document] of publisher.publication(dataset).members("v3"))
      members.set(`${id}/${path}`, document);
  }
  return formatGroupV3({}, members);
}

function treeV2(branches: readonly Branch[], publisher: Publisher): JsonObject {
  const documents = new Map<string, JsonObject>([
    [".zgroup", GROUP_V2],
    [".zattrs", {}],
  ]);
  for (const { id, dataset } of branches) {
    for (const [key, document] of publisher.publication(dataset).members("v2"))
      documents.set(`${id}/${key}`, document);
  }
  return formatConsolidatedV2(documents);
}
