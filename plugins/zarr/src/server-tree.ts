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
import { messageOf, SingleFlight } from "@zarr-gateway/primitives";
import { Hono } from "hono";
import { documentResource, type PublishedDocument, publishedDocument } from "./documents.ts";
import { type Branch, branchOpener, leftOut, type OpenBranchesOptions } from "./open-branches.ts";
import type { Publisher } from "./publisher.ts";
import { assertReadable } from "./readable-document.ts";

/** The whole server as one consolidated hierarchy, each dataset that the request may have a group named by its id. */
export function serverTreeRoutes(host: Host, publisher: Publisher, options: OpenBranchesOptions = {}): Hono {
  const routes = new Hono();
  const tree = createServerTree(host, publisher, options);
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
        respond(c, documentResource(await tree(format, c.req.raw), "no-cache")),
      ),
    );
  }
  return routes;
}

/** Datasets are closed when nobody asks for them: this must not keep them. */
interface Remembered {
  readonly branches: readonly { readonly id: string; readonly dataset: WeakRef<Dataset> }[];
  readonly document: PublishedDocument;
}

type ServerTree = (format: ZarrFormat, request: Request) => Promise<PublishedDocument>;

/** Opening shares its work between requests; the document is written anew only when a dataset was opened anew. */
function createServerTree(host: Host, publisher: Publisher, openOptions: OpenBranchesOptions): ServerTree {
  const openAll = branchOpener(host, openOptions);
  const opening = new SingleFlight<"all", readonly Branch[]>();
  const last = new Map<ZarrFormat, Remembered>();
  return async (format, request) => {
    const opened = await opening.run("all", openAll, { signal: request.signal });
    const admitted = await Promise.all(opened.map(({ id }) => host.admits(id, request)));
    const branches = opened.filter((_, position) => admitted[position]);
    const known = last.get(format);
    if (known && isSameTree(known.branches, branches)) return known.document;
    const members = branches.flatMap((branch) => membersOf(branch, format, { host, publisher }));
    const document = publishedDocument(format === "v3" ? treeV3(members) : treeV2(members));
    const remembered = branches.map(({ id, dataset }) => ({ id, dataset: new WeakRef(dataset) }));
    last.set(format, { branches: remembered, document });
    return document;
  };
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

interface BranchMembers extends Branch {
  readonly members: ReadonlyMap<string, JsonObject>;
}

/** One member that a client cannot read and it reads none of the others: such a dataset is left out. */
function membersOf(
  branch: Branch,
  format: ZarrFormat,
  { host, publisher }: { readonly host: Host; readonly publisher: Publisher },
): readonly BranchMembers[] {
  try {
    const members = publisher.publication(branch.dataset).members(format);
    assertReadable(branch.dataset.attrs);
    for (const document of members.values()) assertReadable(document);
    return [{ ...branch, members }];
  } catch (error) {
    leftOut(host, branch.id, messageOf(error));
    return [];
  }
}

function treeV3(branches: readonly BranchMembers[]): JsonObject {
  const documents = new Map<string, JsonObject>();
  for (const { id, dataset } of branches) documents.set(id, formatMemberGroupV3(dataset.attrs));
  for (const { id, members } of branches) {
    for (const [path, document] of members) documents.set(`${id}/${path}`, document);
  }
  return formatGroupV3({}, documents);
}

function treeV2(branches: readonly BranchMembers[]): JsonObject {
  const documents = new Map<string, JsonObject>([
    [".zgroup", GROUP_V2],
    [".zattrs", {}],
  ]);
  for (const { id, members } of branches) {
    for (const [key, document] of members) documents.set(`${id}/${key}`, document);
  }
  return formatConsolidatedV2(documents);
}
