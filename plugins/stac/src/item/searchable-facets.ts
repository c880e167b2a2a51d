import { plainLine } from "./plain-text.ts";

/** Fields that STAC itself defines, so that an attribute of that name does not change what they mean. */
const RESERVED = new Set(
  "id type bbox geometry collection links assets stac_version stac_extensions title description datetime start_datetime end_datetime created updated license providers keywords roles platform instruments constellation mission gsd bands data_type nodata unit statistics version deprecated experimental grid variables format bytes published expires unpublished".split(
    " ",
  ),
);

/** The attributes of a dataset that are properties of its item: their texts as lines that a person can read. */
export function searchableFacets(
  facets: Readonly<Record<string, string | number>> | undefined,
): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(facets ?? {}).flatMap(([name, value]): [string, string | number][] => {
      if (RESERVED.has(name)) return [];
      const shown = typeof value === "string" ? plainLine(value, 200) : value;
      return shown === "" ? [] : [[name, shown]];
    }),
  );
}
