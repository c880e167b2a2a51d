import type { CallOptions } from "@zarr-gateway/primitives";
import { type Hdf5Attribute, readAttributes } from "./attributes.ts";
import { damaged } from "./damaged.ts";
import { type Dataspace, parseDataspace } from "./dataspace.ts";
import { type Hdf5Type, parseDatatype } from "./datatype.ts";
import { type Hdf5Fill, parseFill, parseOldFill } from "./fill-value.ts";
import { type Hdf5Filter, parseFilters } from "./filter-pipeline.ts";
import type { Hdf5File } from "./hdf5-file.ts";
import { type Hdf5Layout, parseLayout } from "./layout.ts";
import type { Hdf5Link } from "./link.ts";
import { readLinks } from "./links.ts";
import { type HeaderMessage, MESSAGE, readObjectHeader } from "./object-header.ts";
import { resolveShared } from "./shared-message.ts";

interface Described {
  readonly address: number;
  readonly attributes: readonly Hdf5Attribute[];
  readonly problems: readonly string[];
}
export interface Hdf5Group extends Described {
  readonly kind: "group";
  readonly links: readonly Hdf5Link[];
}
export interface Hdf5Dataset extends Described {
  readonly kind: "dataset";
  readonly type: Hdf5Type;
  readonly space: Dataspace;
  readonly layout: Hdf5Layout;
  readonly filters: readonly Hdf5Filter[];
  readonly fill: Hdf5Fill;
  /** The data lie in other files. */
  readonly isExternal: boolean;
}
/** A datatype with a name of its own. */
export interface Hdf5NamedType {
  readonly kind: "datatype";
  readonly type: Hdf5Type;
}
export type Hdf5Object = Hdf5Group | Hdf5Dataset | Hdf5NamedType;

/** Messages that describe a dataset, of which the first of each type counts. */
const DATASET_MESSAGES: ReadonlySet<number> = new Set([
  MESSAGE.datatype,
  MESSAGE.dataspace,
  MESSAGE.layout,
  MESSAGE.filters,
  MESSAGE.fill,
  MESSAGE.oldFill,
]);

/** Everything that the header of an object says. */
export async function readObject(
  file: Hdf5File,
  address: number,
  options: CallOptions = {},
): Promise<Hdf5Object> {
  const messages = await readObjectHeader(file, address, options);
  const has = (type: number) => messages.some((message) => message.type === type);
  if (has(MESSAGE.layout)) return readDataset(file, { address, messages }, options);
  const links = await readLinks(file, messages, options);
  if (links) return { kind: "group", address, links, ...(await readAttributes(file, messages, options)) };
  const type = messages.find((message) => message.type === MESSAGE.datatype);
  if (type)
    return { kind: "datatype", type: parseDatatype(file.parse(await resolveShared(file, type, options))) };
  throw damaged(`the object at ${address} is neither a group nor a dataset`);
}

async function readDataset(
  file: Hdf5File,
  object: { readonly address: number; readonly messages: readonly HeaderMessage[] },
  options: CallOptions,
): Promise<Hdf5Dataset> {
  const { address, messages } = object;
  const bodies = new Map<number, Uint8Array>();
  for (const message of messages) {
    if (!DATASET_MESSAGES.has(message.type) || bodies.has(message.type)) continue;
    const body = resolveShared(file, message, options);
    bodies.set(message.type, body instanceof Promise ? await body : body);
  }
  const required = (type: number, what: string) => {
    const body = bodies.get(type);
    if (!body) throw damaged(`the dataset at ${address} has no ${what}`);
    return body;
  };
  const typeBody = required(MESSAGE.datatype, "datatype");
  const spaceBody = required(MESSAGE.dataspace, "dataspace");
  const layoutBody = required(MESSAGE.layout, "layout");
  const filters = bodies.get(MESSAGE.filters);
  const fill = bodies.get(MESSAGE.fill);
  const oldFill = bodies.get(MESSAGE.oldFill);
  return {
    kind: "dataset",
    address,
    type: parseDatatype(file.parse(typeBody)),
    space: parseDataspace(file.parse(spaceBody)),
    layout: parseLayout(file.parse(layoutBody)),
    filters: filters ? parseFilters(file.parse(filters)) : [],
    fill: fill ? parseFill(file.parse(fill)) : oldFill ? parseOldFill(file.parse(oldFill)) : "zero",
    isExternal: messages.some((message) => message.type === MESSAGE.externalFiles),
    ...(await readAttributes(file, messages, options)),
  };
}
