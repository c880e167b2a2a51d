import type { Item, Link } from "../item/item.ts";

/** A collection as the server answers it. */
export interface ExportedCollection {
  readonly id: string;
  readonly links: readonly Link[];
  readonly [field: string]: unknown;
}

/** One file of a static catalog; the path is below its folder, "/"-separated. */
export interface StaticFile {
  readonly path: string;
  readonly text: string;
}

export interface StaticCatalogParts {
  readonly root: { readonly id: string; readonly title: string; readonly description: string };
  readonly collections: readonly ExportedCollection[];
  items(collection: string): AsyncIterable<Item>;
}

/** Links that a catalog of files has no answer for. */
const OF_API =
  /^(self|root|parent|collection|items|item|child|children|search|data|conformance|service-.*|https?:.*)$/;
const JSON_TYPE = "application/json";
const GEOJSON_TYPE = "application/geo+json";

/**
 * A self-contained STAC catalog: links between its files are relative, links to data stay absolute. `catalog.json` above
 * collections, or one `collection.json` where there is one alone; `{item}/{item}.json` below each.
 */
export async function* staticCatalog(parts: StaticCatalogParts): AsyncGenerator<StaticFile> {
  const { root, collections } = parts;
  const [only] = collections;
  if (only !== undefined && collections.length === 1) {
    yield* collectionFiles(parts, only, { folder: "", root: "collection.json", parent: undefined });
    return;
  }
  for (const collection of collections) {
    const folder = `${collection.id}/`;
    yield* collectionFiles(parts, collection, { folder, root: "../catalog.json", parent: "../catalog.json" });
  }
  const links: Link[] = [
    { rel: "root", href: "./catalog.json", type: JSON_TYPE, title: root.title },
    ...collections.map(({ id }) => ({
      rel: "child",
      href: `./${id}/collection.json`,
      type: JSON_TYPE,
      title: id,
    })),
  ];
  const { id, title, description } = root;
  yield file("catalog.json", { type: "Catalog", stac_version: "1.1.0", id, title, description, links });
}

interface Place {
  /** With a slash at the end, or "". */
  readonly folder: string;
  /** From the collection's file. */
  readonly root: string;
  readonly parent: string | undefined;
}

async function* collectionFiles(
  { items }: StaticCatalogParts,
  collection: ExportedCollection,
  { folder, root, parent }: Place,
): AsyncGenerator<StaticFile> {
  const itemLinks: Link[] = [];
  const rootOfItem = `../${root}`;
  for await (const item of items(collection.id)) {
    const title = item.properties["title"];
    itemLinks.push({
      rel: "item",
      href: `./${item.id}/${item.id}.json`,
      type: GEOJSON_TYPE,
      ...(typeof title === "string" && { title }),
    });
    const links: Link[] = [
      { rel: "root", href: rootOfItem, type: JSON_TYPE },
      { rel: "parent", href: "../collection.json", type: JSON_TYPE },
      { rel: "collection", href: "../collection.json", type: JSON_TYPE },
      ...item.links.filter(({ rel }) => !OF_API.test(rel)),
    ];
    yield file(`${folder}${item.id}/${item.id}.json`, { ...item, links });
  }
  const links: Link[] = [
    { rel: "root", href: root.startsWith(".") ? root : `./${root}`, type: JSON_TYPE },
    ...(parent === undefined ? [] : [{ rel: "parent", href: parent, type: JSON_TYPE }]),
    ...itemLinks,
    ...collection.links.filter(({ rel }) => !OF_API.test(rel)),
  ];
  yield file(`${folder}collection.json`, { ...collection, links });
}

function file(path: string, document: unknown): StaticFile {
  return { path, text: `${JSON.stringify(document, undefined, 2)}\n` };
}
