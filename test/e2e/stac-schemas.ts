import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../schemas/stac", import.meta.url));

type Schema = Readonly<Record<string, unknown>>;

/** The schemas that are kept, by their address. */
const schemas = new Map<string, Schema>(
  globSync("**/*.json", { cwd: FOLDER }).flatMap((path): [string, Schema][] => {
    const schema = JSON.parse(readFileSync(join(FOLDER, path), "utf8")) as Schema; // as published
    return addressesOf(path, schema).map((address) => [address, schema]);
  }),
);

function addressesOf(path: string, { $id }: Schema): string[] {
  const id = typeof $id === "string" ? [$id.replace(/#$/, "")] : [];
  const name = basename(path);
  // the schema that names them does so relative to itself
  if (path.includes("platforms"))
    return [`https://stac-extensions.github.io/storage/v2.0.0/platforms/${name}`];
  // one of them spells its own address wrong
  if (path.startsWith("stac-spec"))
    return [...id, `https://schemas.stacspec.org/v1.1.0/item-spec/json-schema/${name}`];
  return path.startsWith("geojson") ? [...id, `https://geojson.org/schema/${name}`] : id;
}

/** For stac-node-validator: nothing is asked over the network. */
export async function keptSchema(address: string): Promise<Schema> {
  const schema = schemas.get(address.replace(/#.*$/, ""));
  if (schema === undefined) throw new Error(`no schema is kept for ${address}`);
  return schema;
}
