const API = "https://api.stacspec.org";
const OGC = "http://www.opengis.net/spec";

/** Conformance classes. pystac-client knows the extensions by their versions 1.0.*. */
export const CONFORMANCE: readonly string[] = [
  `${API}/v1.0.0/core`,
  `${API}/v1.0.0/collections`,
  `${API}/v1.0.0/ogcapi-features`,
  `${API}/v1.0.0/item-search`,
  `${API}/v1.0.0/browseable`,
  `${API}/v1.0.0-rc.2/children`,
  ...["item-search", "ogcapi-features"].flatMap((place) => [
    `${API}/v1.0.0/${place}#fields`,
    `${API}/v1.0.0/${place}#sort`,
    `${API}/v1.1.0/${place}#sort`,
    `${API}/v1.0.0/${place}#query`,
    `${API}/v1.0.0-rc.1/${place}#free-text`,
    `${API}/v1.0.0-rc.2/${place}#filter`,
    `${API}/v1.0.0-rc.3/${place}#filter`,
  ]),
  `${API}/v1.0.0-rc.1/collection-search`,
  `${API}/v1.0.0-rc.1/collection-search#free-text`,
  `${OGC}/ogcapi-features-1/1.0/conf/core`,
  `${OGC}/ogcapi-features-1/1.0/conf/oas30`,
  `${OGC}/ogcapi-features-1/1.0/conf/geojson`,
  `${OGC}/ogcapi-features-3/1.0/conf/filter`,
  `${OGC}/ogcapi-features-3/1.0/conf/features-filter`,
  `${OGC}/ogcapi-features-3/1.0/conf/queryables`,
  `${OGC}/ogcapi-common-2/1.0/conf/simple-query`,
  ...[
    "cql2-text",
    "cql2-json",
    "basic-cql2",
    "advanced-comparison-operators",
    "case-insensitive-comparison",
    "accent-insensitive-comparison",
    "basic-spatial-functions",
    "basic-spatial-functions-plus",
    "temporal-functions",
    "array-functions",
    "arithmetic",
  ].map((name) => `${OGC}/cql2/1.0/conf/${name}`),
];
