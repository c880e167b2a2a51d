import { type ByteCache, type CallOptions, GatewayError, SingleFlight } from "@zarr-gateway/primitives";
import type { ByteRange, ByteStat, ByteStore, ReadOptions } from "../byte-store.ts";
import { assertStoreKey, listedFolder, resolveRange } from "../store-key.ts";
import { assertNoPage, partSize, readBody, statOf, totalOf } from "./object-answer.ts";
import { changedError, type ObjectAnswer, type ObjectRequests } from "./object-requests.ts";

export interface ObjectStoreOptions {
  /** Longest single answer. */
  readonly maxReadBytes?: number;
  /** Objects of servers that ignore ranges, by `name`, key and ETag; each such read fetches the whole where absent. */
  readonly wholes?: ByteCache;
  readonly name?: string;
}
interface PartOptions extends ReadOptions {
  /** For `stat`, which must not be asked again then. */
  readonly isLook?: true;
}
interface Found {
  readonly bytes: Uint8Array;
  readonly stat: ByteStat;
}

const MAX_READ_BYTES = 1024 ** 3;
/** A server that ignores ranges sends the whole object for each: past this that would be worse than an error. */
export const MAX_WHOLE_BYTES = 64 * 1024 ** 2;
/** Keys of objects whose server ignores ranges. */
const MAX_UNRANGED = 1024;

/** The contract of ByteStore over requests for objects: ranges, versions and their odd answers. */
export class ObjectStore implements ByteStore {
  readonly #requests: ObjectRequests;
  readonly #options: ObjectStoreOptions;
  /** ETags of objects of which a server has sent the whole instead of a range. */
  readonly #unranged = new Map<string, string>();
  readonly #wholeReads = new SingleFlight<string, Found | undefined>();
  readonly list?: NonNullable<ByteStore["list"]>;

  constructor(requests: ObjectRequests, options: ObjectStoreOptions = {}) {
    this.#requests = requests;
    this.#options = options;
    if (requests.list) this.list = (prefix, call = {}) => listed(requests, prefix, call);
  }

  async get(key: string, options: ReadOptions = {}): Promise<Uint8Array | undefined> {
    return (await this.getWithStat(key, options))?.bytes;
  }

  async getWithStat(key: string, options: ReadOptions = {}): Promise<Found | undefined> {
    const { range, signal } = options;
    assertStoreKey(key);
    signal?.throwIfAborted();
    if (!range) return this.#getWhole(key, options);
    resolveRange(range, 0); // refuses what is no range
    if (("suffix" in range ? range.suffix : range.length) === 0) {
      const stat = await this.stat(key, options); // HTTP has no empty range
      return stat && { bytes: new Uint8Array(0), stat };
    }
    if (this.#knownWhole(key)) {
      const whole = await this.#wholeReads.run(key, (shared) => this.#getUnranged(key, shared), options);
      return whole && this.#cut(key, whole, options);
    }
    if ("suffix" in range && !this.#requests.hasSuffixRanges) {
      return this.#getSuffix(key, range.suffix, options);
    }
    return this.#getRange(key, range, options);
  }

  async stat(key: string, { signal }: CallOptions = {}): Promise<ByteStat | undefined> {
    assertStoreKey(key);
    signal?.throwIfAborted();
    const answer = await this.#requests.send(key, { method: "HEAD", headers: {}, signal });
    if (!answer) return undefined;
    await answer.discard();
    const length = answer.headers["content-length"];
    if (answer.status === 200 && length !== undefined && /^\d+$/.test(length)) {
      return statOf(answer, Number(length));
    }
    // a server without HEAD, or one that does not tell the length there
    return (await this.#getRange(key, { offset: 0, length: 1 }, { signal, isLook: true }))?.stat;
  }

  async #getWhole(key: string, options: ReadOptions): Promise<Found | undefined> {
    const answer = await this.#requests.send(key, {
      method: "GET",
      headers: conditions(options),
      signal: options.signal,
    });
    if (!answer) return undefined;
    // 416 without a range asked for would be nonsense; a server that says so is not believed
    if (answer.status !== 200) throw await unexpected(answer, key);
    const bytes = await this.#body(answer, key, options);
    assertNoPage(answer, { key, bytes });
    return this.#asAsked(key, { bytes, stat: statOf(answer, bytes.length) }, options);
  }

  async #getRange(key: string, range: ByteRange, options: PartOptions): Promise<Found | undefined> {
    const headers = { range: formatRange(range), ...conditions(options) };
    const { signal } = options;
    const answer = await this.#requests.send(key, { method: "GET", headers, signal });
    if (!answer) return undefined;
    if (answer.status === 416) {
      await answer.discard();
      return this.#pastEnd(key, range, { answer, options });
    }
    if (answer.status === 206) {
      const bytes = await this.#body(answer, key, { ...options, range });
      const stat = statOf(answer, partSize(answer.headers, { range, key, length: bytes.length }));
      return this.#asAsked(key, { bytes, stat }, options);
    }
    if (answer.status !== 200) throw await unexpected(answer, key);
    return this.#cut(key, await this.#keepWhole(key, answer, options), { ...options, range });
  }

  /** Nothing there to read: past the end, or a suffix of an empty object. Believed only as far as the size agrees. */
  async #pastEnd(
    key: string,
    range: ByteRange,
    { answer, options }: { readonly answer: ObjectAnswer; readonly options: PartOptions },
  ): Promise<Found | undefined> {
    const total = totalOf(answer.headers);
    const told = total === undefined ? undefined : statOf(answer, total);
    if (!told && options.isLook === true) throw await unexpected(answer, key);
    const isEnough = told && (told.version !== undefined || options.isLook === true);
    const stat = isEnough ? told : await this.stat(key, options);
    if (!stat) return undefined;
    if (resolveRange(range, stat.size).length > 0) {
      throw new GatewayError("upstream", `"${key}": the server refuses a range that the object has`, { key });
    }
    return this.#asAsked(key, { bytes: new Uint8Array(0), stat }, options);
  }

  async #getSuffix(key: string, suffix: number, options: ReadOptions): Promise<Found | undefined> {
    const stat = await this.stat(key, options);
    if (!stat) return undefined;
    const { offset, length } = resolveRange({ suffix }, stat.size);
    if (length === 0) return this.#asAsked(key, { bytes: new Uint8Array(0), stat }, options);
    const ifMatch = options.ifMatch ?? stat.etag;
    return this.#getRange(key, { offset, length }, { signal: options.signal, ifMatch });
  }

  /** The whole object of a server that ignores ranges: from memory where it says that nothing has changed. */
  async #getUnranged(key: string, { signal }: CallOptions): Promise<Found | undefined> {
    const known = this.#knownWhole(key);
    const headers = known ? { "if-none-match": known.etag } : {};
    const answer = await this.#requests.send(key, { method: "GET", headers, signal });
    if (!answer) return undefined;
    if (answer.status === 304 && known) {
      await answer.discard();
      const { bytes, etag } = known;
      return { bytes, stat: statOf({ headers: { ...answer.headers, etag } }, bytes.length) };
    }
    if (answer.status !== 200) throw await unexpected(answer, key);
    return this.#keepWhole(key, answer, { signal });
  }

  async #keepWhole(key: string, answer: ObjectAnswer, options: CallOptions): Promise<Found> {
    const length = Number(answer.headers["content-length"] ?? 0);
    if (length > MAX_WHOLE_BYTES) {
      await answer.discard();
      throw rangesIgnored(key, length);
    }
    const bytes = await readBody(answer, { key, signal: options.signal, maxBytes: MAX_WHOLE_BYTES });
    assertNoPage(answer, { key, bytes });
    const found = { bytes, stat: statOf(answer, bytes.length) };
    const { etag } = found.stat;
    if (etag === undefined) return found;
    this.#unranged.set(key, etag);
    for (const [oldest] of this.#unranged) {
      if (this.#unranged.size <= MAX_UNRANGED) break;
      this.#unranged.delete(oldest);
    }
    await this.#options.wholes?.getOrCreate(this.#wholeName(key, etag), async () => bytes);
    return found;
  }

  #knownWhole(key: string): { readonly bytes: Uint8Array; readonly etag: string } | undefined {
    const etag = this.#unranged.get(key);
    const bytes = etag === undefined ? undefined : this.#options.wholes?.peek(this.#wholeName(key, etag));
    return etag === undefined || bytes === undefined ? undefined : { bytes, etag };
  }

  #wholeName(key: string, etag: string): string {
    return `${this.#options.name ?? ""}\n${key}\n${etag}`;
  }

  #cut(key: string, { bytes, stat }: Found, options: ReadOptions): Found {
    const { offset, length } = resolveRange(options.range, bytes.length);
    return this.#asAsked(key, { bytes: bytes.slice(offset, offset + length), stat }, options);
  }

  /** Servers may ignore conditions too. */
  #asAsked(key: string, found: Found, { ifMatch }: ReadOptions): Found {
    const { etag } = found.stat;
    if (ifMatch !== undefined && etag !== undefined && etag !== ifMatch) throw changedError(key);
    return found;
  }

  #body(answer: ObjectAnswer, key: string, { signal, range }: ReadOptions): Promise<Uint8Array> {
    const maxBytes = this.#options.maxReadBytes ?? MAX_READ_BYTES;
    const asked = range && ("suffix" in range ? range.suffix : range.length);
    return readBody(answer, { key, signal, maxBytes: Math.min(maxBytes, asked ?? maxBytes) });
  }
}

async function* listed(
  requests: ObjectRequests,
  prefix: string,
  call: CallOptions,
): AsyncGenerator<string, void, undefined> {
  const folder = listedFolder(prefix);
  yield* requests.list?.(folder, call) ?? [];
}

function conditions({ ifMatch }: ReadOptions): Record<string, string> {
  return ifMatch === undefined ? {} : { "if-match": ifMatch };
}

function formatRange(range: ByteRange): string {
  return "suffix" in range
    ? `bytes=-${range.suffix}`
    : `bytes=${range.offset}-${range.offset + range.length - 1}`;
}

async function unexpected(answer: ObjectAnswer, key: string): Promise<GatewayError> {
  await answer.discard();
  return new GatewayError("upstream", `"${key}": the server answered ${answer.status}`, { key });
}

function rangesIgnored(key: string, length: number): GatewayError {
  return new GatewayError(
    "upstream",
    `"${key}": the server ignores ranges, and ${length} bytes are too many to be read whole for each`,
    { key },
  );
}
