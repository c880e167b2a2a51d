import type { SchemaElement } from "hyparquet-writer";

/** What the values of one place in all items have in common. */
export type ColumnType =
  | { readonly kind: "none" }
  | { readonly kind: "text" | "number" | "integer" | "boolean" | "time" | "bytes" | "json" }
  | { readonly kind: "list"; readonly element: ColumnType }
  | { readonly kind: "struct"; readonly members: ReadonlyMap<string, ColumnType> };

/** Structures with more members than this are JSON: a column for each name would be mostly empty. */
const MAX_MEMBERS = 64;
const NONE: ColumnType = { kind: "none" };

export function typeOf(value: unknown): ColumnType {
  if (value === null || value === undefined) return NONE;
  if (value instanceof Date) return { kind: "time" };
  if (value instanceof Uint8Array) return { kind: "bytes" };
  if (typeof value === "string") return { kind: "text" };
  if (typeof value === "boolean") return { kind: "boolean" };
  if (typeof value === "number")
    return { kind: Number.isInteger(value) && Math.abs(value) < 2 ** 31 ? "integer" : "number" };
  if (Array.isArray(value)) {
    return {
      kind: "list",
      element: value.reduce<ColumnType>((type, item) => joinedType(type, typeOf(item)), NONE),
    };
  }
  const members = new Map(Object.entries(value).map(([name, member]) => [name, typeOf(member)]));
  return members.size > MAX_MEMBERS ? { kind: "json" } : { kind: "struct", members };
}

/** The narrowest type that both are of; JSON where there is none. */
export function joinedType(a: ColumnType, b: ColumnType): ColumnType {
  if (a.kind === "none") return b;
  if (b.kind === "none") return a;
  if (a.kind === "list" && b.kind === "list")
    return { kind: "list", element: joinedType(a.element, b.element) };
  if (a.kind === "struct" && b.kind === "struct") {
    const members = new Map(a.members);
    for (const [name, type] of b.members) members.set(name, joinedType(members.get(name) ?? NONE, type));
    return members.size > MAX_MEMBERS ? { kind: "json" } : { kind: "struct", members };
  }
  if (a.kind === b.kind) return a;
  const isNumeric = [a.kind, b.kind].every((kind) => kind === "number" || kind === "integer");
  return { kind: isNumeric ? "number" : "json" };
}

/** The column as Parquet's schema has it: every value may be absent, lists have three levels. */
export function schemaElements(name: string, type: ColumnType): SchemaElement[] {
  const optional = { name, repetition_type: "OPTIONAL" } as const;
  switch (type.kind) {
    case "list":
      return [
        { ...optional, converted_type: "LIST", logical_type: { type: "LIST" }, num_children: 1 },
        { name: "list", repetition_type: "REPEATED", num_children: 1 },
        ...schemaElements("element", type.element),
      ];
    case "struct": {
      // a group without members cannot be written
      if (type.members.size === 0) return schemaElements(name, { kind: "json" });
      const children = [...type.members].flatMap(([member, child]) => schemaElements(member, child));
      return [{ ...optional, num_children: type.members.size }, ...children];
    }
    case "integer":
      return [{ ...optional, type: "INT32" }];
    case "number":
      return [{ ...optional, type: "DOUBLE" }];
    case "boolean":
      return [{ ...optional, type: "BOOLEAN" }];
    case "bytes":
      return [{ ...optional, type: "BYTE_ARRAY" }];
    case "time":
      return [
        {
          ...optional,
          type: "INT64",
          converted_type: "TIMESTAMP_MILLIS",
          logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" },
        },
      ];
    default:
      return [{ ...optional, type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } }];
  }
}

/** A value as its column takes it. */
export function columnValue(value: unknown, type: ColumnType): unknown {
  if (value === null || value === undefined) return undefined;
  if (type.kind === "json" || (type.kind === "struct" && type.members.size === 0))
    return JSON.stringify(value);
  if (type.kind === "list" && Array.isArray(value))
    return value.map((item) => columnValue(item, type.element));
  if (type.kind === "struct") {
    const from = value as Readonly<Record<string, unknown>>; // a struct's values are objects
    return Object.fromEntries(
      [...type.members].map(([name, member]) => [name, columnValue(from[name], member)]),
    );
  }
  return value;
}
