import type { CatalogState } from "../collection/catalog-state.ts";
import { type Collection, failureFields } from "../collection/collection.ts";
import { STAC_VERSION } from "../item/extensions.ts";
import type { Link } from "../item/item.ts";
import { type CatalogService, GEOJSON_TYPE, JSON_TYPE, type View } from "./catalog-service.ts";
import { CONFORMANCE } from "./conformance.ts";

const REL = "http://www.opengis.net/def/rel/ogc/1.0";
export const OPENAPI_TYPE = "application/vnd.oai.openapi+json;version=3.0";

/** `/stac`: the root of the API. */
export function landingPage(
  { catalog }: CatalogService,
  { context }: View,
  { collections, failures }: LandingParts,
): object {
  const root = `${context.base}/stac`;
  const links: Link[] = [
    { rel: "self", href: root, type: JSON_TYPE },
    { rel: "root", href: root, type: JSON_TYPE },
    { rel: "conformance", href: `${root}/conformance`, type: JSON_TYPE },
    { rel: `${REL}/conformance`, href: `${root}/conformance`, type: JSON_TYPE },
    { rel: "service-desc", href: `${root}/api`, type: OPENAPI_TYPE },
    { rel: "service-doc", href: `${context.base}/docs`, type: "text/html" },
    { rel: "data", href: `${root}/collections`, type: JSON_TYPE },
    { rel: "children", href: `${root}/children`, type: JSON_TYPE },
    { rel: "search", href: `${root}/search`, type: GEOJSON_TYPE, method: "GET" },
    { rel: "search", href: `${root}/search`, type: GEOJSON_TYPE, method: "POST" },
    { rel: `${REL}/queryables`, href: `${root}/queryables`, type: "application/schema+json" },
    { rel: `${REL}/sortables`, href: `${root}/sortables`, type: "application/schema+json" },
    ...collections.map((collection) => childLink(collection, root)),
  ];
  return {
    type: "Catalog",
    stac_version: STAC_VERSION,
    id: catalog.id,
    title: catalog.title ?? "Datasets",
    description: catalog.description ?? "Datasets published as Zarr.",
    conformsTo: CONFORMANCE,
    ...failureFields(failures),
    links: [...links, ...catalog.links],
  };
}

export interface LandingParts {
  readonly collections: readonly Collection[];
  /** Of those that the client may see. */
  readonly failures: CatalogState["failures"];
}

function childLink(collection: Collection, root: string): Link {
  const { title } = collection;
  return {
    rel: "child",
    href: `${root}/collections/${encodeURIComponent(collection.id)}`,
    type: JSON_TYPE,
    ...(typeof title === "string" && { title }),
  };
}

/** `/stac/collections` and `/stac/children`. */
export function listLinks(view: View, path: string): Link[] {
  const root = `${view.context.base}/stac`;
  return [
    { rel: "self", href: `${root}/${path}`, type: JSON_TYPE },
    { rel: "root", href: root, type: JSON_TYPE },
    { rel: "parent", href: root, type: JSON_TYPE },
  ];
}
