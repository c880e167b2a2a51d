import type { Dataset, DatasetWarning, Variable } from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { RandomAccess } from "@zarr-gateway/stores";
import { publishedAttributes } from "../published-attributes.ts";
import { classicAttributes, MAX_ATTRIBUTE_ELEMENTS } from "./attributes.ts";
import { type ClassicContext, createClassicSource } from "./classic-source.ts";
import { type ClassicHeader, type ClassicVersion, parseHeader } from "./header.ts";
import { planLayout } from "./layout.ts";

const FIRST_READ_BYTES = 16 * 1024;
/** Tens of thousands of variables fit; a header declared longer is damage, or not worth the memory. */
const MAX_HEADER_BYTES = 16 * 1024 * 1024;

const FORMAT_NAMES: Readonly<Record<ClassicVersion, string>> = {
  1: "netcdf-3 classic",
  2: "netcdf-3 64-bit offset",
  5: "netcdf-3 64-bit data",
};

/**
 * A NetCDF-3 file (classic, 64-bit offset, CDF-5) as a dataset. Closing the dataset closes the file.
 * @throws GatewayError upstream when the header is damaged or cut off
 */
export async function openClassic(
  access: RandomAccess,
  context: ClassicContext,
  options: CallOptions = {},
): Promise<Dataset> {
  const header = await readHeader(access, options);
  const warnings: DatasetWarning[] = [];
  const variables = new Map<string, Variable>();
  for (const layout of planLayout(header, access.size)) {
    const { name, attributes } = layout.variable;
    const problem = nameProblem(name, variables);
    if (problem !== undefined) {
      warnings.push({ path: `/${name}`, message: `left out: ${problem}` });
      continue;
    }
    const attrs = publishedAttributes(readAttributes(attributes, `/${name}`, warnings));
    variables.set(name, {
      name,
      dims: layout.dims,
      attrs,
      source: createClassicSource(access, layout, context),
    });
  }
  const attrs = readAttributes(header.attributes, "/", warnings);
  return {
    attrs,
    variables,
    groups: new Map(),
    warnings,
    format: FORMAT_NAMES[header.version],
    ...(access.version === undefined ? {} : { version: access.version, versionCoversChunks: true }),
    ...(access.modifiedAt === undefined ? {} : { modifiedAt: access.modifiedAt }),
    ...(access.isCurrent ? { isCurrent: (call) => access.isCurrent?.(call) ?? Promise.resolve(true) } : {}),
    close: () => access.close?.() ?? Promise.resolve(),
  };
}

/** Reads four times as much until the header is whole: a few reads, also where it is long. */
async function readHeader(access: RandomAccess, options: CallOptions): Promise<ClassicHeader> {
  const limit = Math.min(access.size, MAX_HEADER_BYTES);
  let length = Math.min(FIRST_READ_BYTES, limit);
  for (;;) {
    const header = parseHeader(await access.read(0, length, options), access.size);
    if (header !== undefined) return header;
    if (length === limit) {
      throw new GatewayError("unsupported", `the NetCDF-3 header is longer than ${MAX_HEADER_BYTES} bytes`);
    }
    length = Math.min(4 * length, limit);
  }
}

function readAttributes(
  stored: ClassicHeader["attributes"],
  path: string,
  warnings: DatasetWarning[],
): Variable["attrs"] {
  const { attrs, skipped } = classicAttributes(stored);
  for (const name of skipped) {
    const message = `attribute "${name}" has more than ${MAX_ATTRIBUTE_ELEMENTS} elements, left out`;
    warnings.push({ path, message });
  }
  return attrs;
}

function nameProblem(name: string, variables: ReadonlyMap<string, Variable>): string | undefined {
  if (variables.has(name)) return "another variable has the same name";
  return name === "" || name === "." || name === ".." || /[/\0]/.test(name)
    ? "the name cannot be part of a path"
    : undefined;
}
