import { ByteWriter, geojsonToWkb, ParquetWriter, type SchemaElement } from "hyparquet-writer";
import type { Item } from "../item/item.ts";
import { type ColumnType, columnValue, joinedType, schemaElements, typeOf } from "./column-type.ts";

type Row = Readonly<Record<string, unknown>>;

/** Of an item by name of dimension or variable: structures would have a member for each name in any item. */
const JSON_COLUMNS = new Set(["cube:dimensions", "cube:variables", "renders", "storage:schemes"]);
const TIMES = new Set(["datetime", "start_datetime", "end_datetime", "created", "updated"]);
/** Items that are held at once. */
const ROW_GROUP = 500;

export interface GeoParquetOptions {
  /** Called twice: for the types of the columns, then for the values. */
  items(): AsyncIterable<Item>;
  /** Collections of the items by id, kept in the file's metadata. */
  readonly collections: Readonly<Record<string, unknown>>;
}

/**
 * Items as stac-geoparquet 1.0.0: a row each, properties as columns of their own, the geometry as WKB. The dimensions and
 * variables of the datacube extension are JSON texts.
 */
export async function stacGeoParquet({ items, collections }: GeoParquetOptions): Promise<Uint8Array> {
  const columns = new Map<string, ColumnType>([
    ["geometry", { kind: "bytes" }],
    ["bbox", boxType()],
  ]);
  for await (const item of items()) {
    for (const [name, value] of Object.entries(rowOf(item)))
      columns.set(name, joinedType(columns.get(name) ?? { kind: "none" }, typeOf(value)));
  }
  const names = [...columns.keys()];
  const schema: SchemaElement[] = [
    { name: "schema", num_children: names.length },
    ...[...columns].flatMap(([name, type]) => schemaElements(name, type)),
  ];
  const bytes = new ByteWriter();
  const writer = new ParquetWriter({
    writer: bytes,
    schema,
    kvMetadata: [
      { key: "geo", value: JSON.stringify(geoMetadata()) },
      { key: "stac-geoparquet", value: JSON.stringify({ version: "1.0.0", collections }) },
    ],
  });
  let rows: Row[] = [];
  const flush = async (): Promise<void> => {
    const columnData = names.map((name) => {
      const type = columns.get(name) ?? { kind: "none" };
      return { name, data: rows.map((row) => columnValue(row[name], type)) };
    });
    await writer.write({ columnData, rowGroupSize: Math.max(1, rows.length) });
    rows = [];
  };
  for await (const item of items()) {
    rows.push(rowOf(item));
    if (rows.length >= ROW_GROUP) await flush();
  }
  if (rows.length > 0) await flush();
  await writer.finish();
  return new Uint8Array(bytes.getBuffer());
}

function rowOf({ geometry, bbox, properties, ...item }: Item): Row {
  const columns = Object.entries(properties).map(([name, value]): [string, unknown] => {
    if (TIMES.has(name)) return [name, typeof value === "string" ? new Date(value) : undefined];
    return [name, JSON_COLUMNS.has(name) ? JSON.stringify(value) : value];
  });
  const [xmin, ymin, xmax, ymax] = bbox ?? [];
  return {
    ...item,
    // the writer's type wants arrays that can be changed, which it does not
    ...(geometry && { geometry: geojsonToWkb(geometry as unknown as Parameters<typeof geojsonToWkb>[0]) }),
    ...(bbox && { bbox: { xmin, ymin, xmax, ymax } }),
    datetime: undefined,
    ...Object.fromEntries(columns),
  };
}

function boxType(): ColumnType {
  return {
    kind: "struct",
    members: new Map(["xmin", "ymin", "xmax", "ymax"].map((name) => [name, { kind: "number" }])),
  };
}

/** GeoParquet 1.1.0; longitudes and latitudes are its default. */
function geoMetadata(): object {
  const covering = Object.fromEntries(["xmin", "ymin", "xmax", "ymax"].map((name) => [name, ["bbox", name]]));
  return {
    version: "1.1.0",
    primary_column: "geometry",
    columns: { geometry: { encoding: "WKB", geometry_types: [], covering: { bbox: covering } } },
  };
}
