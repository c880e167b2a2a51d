import type { IncomingMessage, ServerResponse } from "node:http";
import type { ShareableAnswer } from "@zarr-gateway/http";
import type { OpenDatasets } from "./dataset-catalog.ts";
import type { OpenDataset } from "./open-dataset.ts";

export interface RecentAnswersOptions {
  readonly datasets: Pick<OpenDatasets, "currentUntil" | "checkedUntil">;
  readonly maxBytes: number;
  /** How long an answer is given again; it adds to the time after which a change shows. */
  readonly keepMs: number;
  /** How much longer an answer is given that is looked at meanwhile. */
  readonly checkEveryMs: number;
  /** False where answers differ by the origin of who asks. */
  readonly isSameForOrigins?: boolean;
  /** A new one, or the client's own where it can be kept. */
  readonly requestId: (given: string | null) => string;
  readonly onAnswer: (route: string, seconds: number, bytes: number, incoming: IncomingMessage) => void;
}

interface Recent {
  readonly key: string;
  /** Names and values in turn, which is what Node writes fastest. */
  readonly headers: readonly string[];
  /** undefined: `kept` has it. */
  readonly body: Uint8Array | undefined;
  readonly kept: ShareableAnswer["kept"];
  readonly route: string;
  readonly dataset: Pick<OpenDataset, "isReplaced"> | undefined;
  readonly isCurrent: ShareableAnswer["isCurrent"];
  until: number;
  /** From then on it is looked at beside the answers, so that what is asked for stays. */
  checkAt: number;
  readonly check: (() => Promise<number>) | undefined;
  /** The look that is under way; true: it is current. */
  looking: Promise<boolean> | undefined;
}

/** An answer, and what it answered. */
interface Given {
  readonly url: string;
  readonly acceptEncoding: string | null;
  readonly route: string;
  readonly answer: ShareableAnswer;
  readonly dataset: OpenDataset | undefined;
}

/** About 700 bytes each beside the bodies. */
const MAX_ANSWERS = 16_384;
/** At once; what finds no room goes the whole way. */
const MAX_CHECKS = 64;
/** After its time an answer is given again for so long if nothing has changed. */
const CHECKABLE_MS = 60_000;
/** One answer must not push out all others. */
const MAX_SHARE = 1 / 8;
/**
 * Headers that make a request more than "give me this URL": such a request goes the whole way. Who asks is none of them:
 * what is shareable is the same for everybody, and where a plugin guards or looks at requests nothing is given again.
 */
const PARTICULAR = [
  "range",
  "if-none-match",
  "if-match",
  "if-modified-since",
  "if-unmodified-since",
  "if-range",
  "expect",
  "transfer-encoding",
] as const;

/**
 * Whole answers of the last moments, given again before routing. Under load most requests ask for what somebody asked
 * a moment ago (the metadata of a store, a coordinate, the chunk of a map tile); each then costs little more than
 * writing it. Bodies are shared with the caches they come from, not copied; what a cache keeps anyway is not counted
 * here, and goes with the cache.
 */
export class RecentAnswers {
  readonly #options: RecentAnswersOptions;
  readonly #answers = new Map<string, Recent>();
  #bytes = 0;
  #checks = 0;

  constructor(options: RecentAnswersOptions) {
    this.#options = options;
  }

  /** True when the request is answered; at once, unless what the answer was made from has to be looked at before. */
  answer(incoming: IncomingMessage, outgoing: ServerResponse): boolean | Promise<boolean> {
    if (this.#answers.size === 0 || incoming.method !== "GET") return false;
    const found = this.#find(incoming);
    if (found === undefined) return false;
    if (found.dataset?.isReplaced === true || found.isCurrent?.() === false) {
      // whoever has seen the new version, or that it is gone, must not be given a piece of the old one
      this.#forget(found.key);
      return false;
    }
    const now = performance.now();
    if (now < found.until) {
      if (now >= found.checkAt && this.#checks < MAX_CHECKS) void this.#look(found);
      return this.#write(found, incoming, outgoing);
    }
    if (found.check === undefined || found.kept?.() === undefined || this.#checks >= MAX_CHECKS) return false;
    // the client may have left meanwhile, and needs no answer then
    return this.#look(found).then(
      (isCurrent) => outgoing.destroyed || (isCurrent && this.#write(found, incoming, outgoing)),
    );
  }

  #write(found: Recent, incoming: IncomingMessage, outgoing: ServerResponse): boolean {
    const { headers, route } = found;
    const body = found.body ?? found.kept?.();
    if (body === undefined) return false;
    const given = incoming.headers["x-request-id"]?.toString() ?? null;
    outgoing.writeHead(200, [...headers, "X-Request-Id", this.#options.requestId(given)]);
    outgoing.end(body);
    this.#options.onAnswer(route, 0, body.length, incoming);
    return true;
  }

  /** Remembers an answer that the whole way has given. */
  keep({ url, acceptEncoding, route, answer, dataset }: Given): void {
    const { headers, body, kept, isCurrent, freshUntil = 0, check } = answer;
    const { maxBytes, keepMs, datasets } = this.#options;
    if (body.length >= maxBytes * MAX_SHARE) return;
    const key = keyOf(url, headers["Vary"] === undefined ? undefined : (acceptEncoding ?? ""));
    this.#forget(key);
    const now = performance.now();
    const until = this.#until(freshUntil, dataset ? datasets.currentUntil(dataset) : 0);
    const own = kept === undefined ? body : undefined;
    const look =
      check && dataset && (async () => this.#until(await check(), await datasets.checkedUntil(dataset)));
    this.#answers.set(key, {
      key,
      looking: undefined,
      headers: Object.entries(headers).flat(),
      body: own,
      kept,
      route,
      dataset,
      isCurrent,
      until: Math.max(now + keepMs, until),
      checkAt: look === undefined ? Number.POSITIVE_INFINITY : (now + until) / 2,
      check: look,
    });
    this.#bytes += own?.length ?? 0;
    this.#makeRoom();
  }

  #find({ url = "", headers }: IncomingMessage): Recent | undefined {
    for (const name of PARTICULAR) if (headers[name] !== undefined) return undefined;
    if (headers.origin !== undefined && this.#options.isSameForOrigins !== true) return undefined;
    return (
      this.#answers.get(keyOf(url, undefined)) ??
      this.#answers.get(keyOf(url, headers["accept-encoding"]?.toString() ?? ""))
    );
  }

  #until(freshUntil: number, currentUntil: number): number {
    return freshUntil === 0 ? 0 : Math.min(freshUntil + this.#options.checkEveryMs, currentUntil);
  }

  /** Looks again, once for all who ask. Never rejects: what cannot be looked at goes the whole way, which tells why. */
  #look(recent: Recent): Promise<boolean> {
    recent.looking ??= this.#lookAgain(recent);
    return recent.looking;
  }

  async #lookAgain(recent: Recent): Promise<boolean> {
    recent.checkAt = Number.POSITIVE_INFINITY;
    this.#checks += 1;
    const until = (await recent.check?.().catch(() => 0)) ?? 0;
    this.#checks -= 1;
    recent.looking = undefined;
    const now = performance.now();
    const isCurrent = now < until && this.#answers.get(recent.key) === recent;
    if (!isCurrent) {
      if (this.#answers.get(recent.key) === recent) this.#forget(recent.key);
      return false;
    }
    recent.until = until;
    recent.checkAt = (now + until) / 2;
    this.#answers.delete(recent.key); // moves it to the end: the first are those whose time is over
    this.#answers.set(recent.key, recent);
    return true;
  }

  /** The oldest first: whatever has passed its time, then until the rest fits. */
  #makeRoom(): void {
    const now = performance.now();
    for (const [key, { until, check }] of this.#answers) {
      const isRoom = this.#bytes <= this.#options.maxBytes && this.#answers.size <= MAX_ANSWERS;
      if (isRoom && now < until + (check ? CHECKABLE_MS : 0)) return;
      this.#forget(key);
    }
  }

  #forget(key: string): void {
    const known = this.#answers.get(key);
    if (known === undefined) return;
    this.#answers.delete(key);
    this.#bytes -= known.body?.length ?? 0;
  }
}

/** Compressed documents differ by what the client accepts, chunks do not. */
function keyOf(url: string, acceptEncoding: string | undefined): string {
  return acceptEncoding === undefined ? url : `${acceptEncoding}\n${url}`;
}
