import type { CallOptions } from "@zarr-gateway/primitives";
import { GatewayError } from "@zarr-gateway/primitives";
import { damagedSet, inlineReference, type Reference, targetReference } from "../reference.ts";
import { type ColumnValues, readColumn } from "./column-values.ts";
import type { ParquetBytes, RowGroup } from "./parquet-footer.ts";

const COLUMNS = ["path", "offset", "size", "raw"] as const;
type Columns = Partial<Record<(typeof COLUMNS)[number], ColumnValues>>;

export interface BlockLimits {
  readonly maxRows: number;
  readonly maxRowGroupBytes: number;
}

/** The references of one row group. */
export class ReferenceBlock {
  readonly byteLength: number;
  readonly #columns: Columns;
  readonly #targets = new Map<number, string>();

  constructor(columns: Columns, decodedBytes: number) {
    this.#columns = columns;
    this.byteLength = decodedBytes;
    for (const column of Object.values(columns)) {
      if (column.kind === "numbers") this.byteLength += column.numbers.byteLength;
      else this.byteLength += column.codes.byteLength + column.values.byteLength;
    }
  }

  /** undefined where the set has no such chunk. */
  find(row: number, key: string): Reference | undefined {
    const raw = bytesAt(this.#columns.raw, row);
    if (raw) return inlineReference(raw);
    const target = this.#targetAt(row);
    if (target === undefined) return undefined;
    const offset = numberAt(this.#columns.offset, row, key);
    const length = numberAt(this.#columns.size, row, key);
    return offset === 0 && length === 0
      ? { kind: "target", target }
      : targetReference(key, target, offset, length);
  }

  #targetAt(row: number): string | undefined {
    const { path } = this.#columns;
    const code = path?.kind === "texts" ? (path.codes[row] ?? -1) : -1;
    const known = this.#targets.get(code);
    if (known !== undefined) return known;
    const bytes = bytesAt(path, row);
    if (!bytes) return undefined;
    const target = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
    // a path of each row's own is not worth remembering
    if (this.#targets.size < 1000) this.#targets.set(code, target);
    return target;
  }
}

function bytesAt(column: ColumnValues | undefined, row: number): Uint8Array | undefined {
  return column?.kind === "texts" ? column.values.at(column.codes[row] ?? -1) : undefined;
}

/** 0 where nothing is said. */
function numberAt(column: ColumnValues | undefined, row: number, key: string): number {
  if (column?.kind === "texts") {
    throw new GatewayError("upstream", `the place of the reference "${key}" is no number`, { key });
  }
  const value = column?.numbers[row] ?? 0;
  return Number.isNaN(value) ? 0 : value;
}

export async function readBlock(
  file: ParquetBytes,
  group: RowGroup,
  limits: BlockLimits,
  options: CallOptions,
): Promise<ReferenceBlock> {
  if (group.rows > limits.maxRows) {
    const message = `a row group of the reference set has ${group.rows} rows, at most ${limits.maxRows} are read: write it with a smaller record_size`;
    throw new GatewayError("unsupported", message);
  }
  const columns: Columns = {};
  const budget = { left: limits.maxRowGroupBytes };
  for (const column of group.columns) {
    const name = COLUMNS.find((known) => known === column.name);
    if (name === undefined) continue;
    if (column.length > limits.maxRowGroupBytes)
      throw damagedSet("a row group of a Parquet file is too large");
    const bytes = await file.read(column.offset, column.length, options);
    columns[name] = await readColumn(column, group.rows, bytes, budget);
  }
  if (!columns.path && !columns.raw) throw damagedSet('a file of references has neither "path" nor "raw"');
  return new ReferenceBlock(columns, limits.maxRowGroupBytes - budget.left);
}
