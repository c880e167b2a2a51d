import * as zarr from "zarrita";
import type { Packing } from "../src/viewer-field.ts";
import type { Selection } from "./array-reader.ts";

type OpenArray = zarr.Array<zarr.DataType, zarr.Readable>;

/** Bytes of chunks that are kept, so that stepping through one chunk asks for it once. */
const MAX_KEPT_BYTES = 96 * 1024 * 1024;

/** Arrays below one Zarr store, read by zarrita. */
export class StoreReader {
  readonly #root: zarr.Location<zarr.Readable>;
  readonly #open = new Map<string, Promise<OpenArray>>();

  constructor(url: string) {
    this.#root = zarr.root(keeping(new zarr.FetchStore(url), MAX_KEPT_BYTES));
  }

  /** Values in C order, unpacked, missing ones as NaN. */
  async numbers(path: string, selection: Selection | undefined, packing: Packing): Promise<Float64Array> {
    const { data } = await this.#get(path, selection);
    return unpack(data as ArrayLike<number | bigint | boolean>, packing); // the server says that it is numeric
  }

  /** Texts of a short array; undefined where it is longer. */
  async texts(path: string, maxLength: number): Promise<string[] | undefined> {
    const array = await this.#array(path);
    if (array.shape.reduce((product, size) => product * size, 1) > maxLength) return undefined;
    const { data } = await this.#get(path, undefined);
    return Array.from(data as ArrayLike<unknown>, String); // whatever it is, it can be written
  }

  async #get(path: string, selection: Selection | undefined): Promise<{ readonly data: unknown }> {
    const array = await this.#array(path);
    const chosen = selection?.map((one) =>
      typeof one === "object" && one !== null ? zarr.slice(null, null, one.step) : one,
    );
    const read: unknown = await zarr.get(array, chosen);
    // a single element comes as itself, all else with shape and strides
    return isChunk(read) ? read : { data: [read] };
  }

  #array(path: string): Promise<OpenArray> {
    const known = this.#open.get(path);
    if (known) return known;
    const opening = zarr.open.v3(this.#root.resolve(path), { kind: "array" });
    this.#open.set(path, opening);
    opening.catch(() => this.#open.delete(path));
    return opening;
  }
}

function isChunk(read: unknown): read is { readonly data: unknown } {
  return typeof read === "object" && read !== null && "data" in read;
}

function unpack(data: ArrayLike<number | bigint | boolean>, packing: Packing): Float64Array {
  const { scale = 1, offset = 0, missing = [], turn = 0 } = packing;
  const values = new Float64Array(data.length);
  // a float32 fill value is not equal to its decimal text in float64
  const gone = [...missing, ...missing.map(Math.fround)];
  for (let at = 0; at < values.length; at += 1) {
    const stored = Number(data[at]);
    const isGone = gone.includes(stored);
    values[at] = isGone ? Number.NaN : (stored < 0 ? stored + turn : stored) * scale + offset;
  }
  return values;
}

/** The same store, which gives again what it gave lately. */
function keeping(store: zarr.FetchStore, maxBytes: number): zarr.AsyncReadable {
  const kept = new Map<string, Promise<Uint8Array | undefined>>();
  const sizes = new Map<string, number>();
  let total = 0;
  const drop = (key: string): void => {
    total -= sizes.get(key) ?? 0;
    kept.delete(key);
    sizes.delete(key);
  };
  return {
    get(key, options) {
      const known = kept.get(key);
      if (known) return known;
      const reading = store.get(key, options);
      kept.set(key, reading);
      reading.then(
        (bytes) => {
          sizes.set(key, bytes?.byteLength ?? 0);
          total += bytes?.byteLength ?? 0;
          for (const oldest of kept.keys()) {
            if (total <= maxBytes) break;
            if (sizes.has(oldest)) drop(oldest);
          }
        },
        () => drop(key),
      );
      return reading;
    },
    getRange: (key, range, options) => store.getRange(key, range, options),
  };
}
