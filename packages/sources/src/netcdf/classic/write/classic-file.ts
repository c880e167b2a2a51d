import type { KeptIn } from "@zarr-gateway/compute";
import type { Dataset } from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError, type WorkerPool } from "@zarr-gateway/primitives";
import { type FilePlan, planFile } from "./file-plan.ts";
import { hasUnknownLength, measuredTexts } from "./text-lengths.ts";
import { type VariableBytes, variableBytes } from "./variable-bytes.ts";

export interface ClassicFileOptions {
  /** Larger files are refused. */
  readonly maxBytes: number;
  readonly pool?: WorkerPool | undefined;
  /** Where decoded chunks stay; the key names the dataset and its version, the variable's name is added. */
  readonly kept?: KeptIn | undefined;
}

/** A NetCDF file that is made where it is read. */
export interface ClassicFile {
  readonly size: number;
  /** Exactly those bytes, which lie inside the size. */
  read(
    range: { readonly offset: number; readonly length: number },
    options: CallOptions,
  ): Promise<Uint8Array>;
}

/** True where the size of the file depends on texts that have to be read first. */
export function hasMeasuredTexts(group: Dataset): boolean {
  return [...group.variables.values()].some(hasUnknownLength);
}

/**
 * The variables of one group as a file of the classic NetCDF format. Reads no chunk before bytes are asked for, but texts
 * whose length nobody knows. Values, packed ones too, are written as they are stored.
 * @throws GatewayError unsupported for types and shapes that the format lacks, too_large above `maxBytes`
 * @see https://docs.unidata.ucar.edu/nug/current/file_format_specifications.html
 */
export async function classicFile(
  group: Dataset,
  options: ClassicFileOptions & CallOptions,
): Promise<ClassicFile> {
  const { maxBytes } = options;
  const atLeast = planFile(group, new Map());
  checkSize(atLeast, maxBytes);
  const characters = await measuredTexts(group, options);
  const plan = characters.size === 0 ? atLeast : planFile(group, characters);
  checkSize(plan, maxBytes);
  const contents = plan.variables.map(({ variable, form }): VariableBytes => {
    const kept = options.kept && { ...options.kept, key: `${options.kept.key} ${variable.name}` };
    return variableBytes(variable.source, form, { pool: options.pool, kept });
  });
  return { size: plan.size, read: (range, call) => readRange(plan, contents, range, call) };
}

async function readRange(
  plan: FilePlan,
  contents: readonly VariableBytes[],
  range: { readonly offset: number; readonly length: number },
  options: CallOptions,
): Promise<Uint8Array> {
  const bytes = Buffer.alloc(range.length); // zeros are the padding
  const end = range.offset + range.length;
  if (range.offset < plan.header.length) bytes.set(plan.header.subarray(range.offset, end), 0);
  for (const [at, { begin, length }] of plan.variables.entries()) {
    let position = Math.max(begin, range.offset);
    while (position < Math.min(begin + length, end)) {
      options.signal?.throwIfAborted();
      const piece = await contents[at]?.readFrom(position - begin, options);
      if (piece === undefined || piece.length === 0) throw new Error("a variable ends before its data do");
      const wanted = piece.subarray(0, end - position);
      bytes.set(wanted, position - range.offset);
      position += wanted.length;
    }
  }
  return bytes;
}

function checkSize({ size }: FilePlan, maxBytes: number): void {
  if (size > maxBytes) {
    throw new GatewayError(
      "too_large",
      `the NetCDF file would have ${size} bytes, and at most ${maxBytes} are given out at once`,
      { size, maxBytes },
    );
  }
}
