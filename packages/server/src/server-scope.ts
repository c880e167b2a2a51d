import { type IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { RequestScope } from "@zarr-gateway/http";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { OpenDataset } from "./open-dataset.ts";
import type { WeightedLimit } from "./weighted-limit.ts";

/** What node-server passes beside the request; absent when a test calls `fetch`. */
export interface NodeBindings {
  readonly incoming?: IncomingMessage | Http2ServerRequest;
  readonly outgoing?: ServerResponse | Http2ServerResponse;
}

export interface ScopeOptions {
  readonly bindings: NodeBindings;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly requestId: string;
  /** What routes are matched against; undefined: a path that names nothing. */
  readonly path: string | undefined;
  readonly heldBytes: WeightedLimit;
  readonly heldRequests: WeightedLimit;
  readonly client: () => string | undefined;
  readonly isProxied: () => boolean;
  readonly onCutOff: (scope: ServerScope, error: unknown) => void;
}

/** Small bodies are not counted: all requests together hold little of them. */
const UNCOUNTED_BYTES = 64 * 1024;

/** Smaller ones cost the collector little. */
const FREED_BYTES = 128 * 1024;

/** A chunk that is kept is there long before; a model takes longer. */
const HELD_AFTER_MS = 250;

/** One request from its arrival until its last byte is handed to the kernel. */
export class ServerScope extends RequestScope {
  readonly headers: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly path: string | undefined;
  readonly startedAt = performance.now();
  /** As `Asked` of the http package, for answers outside any route. */
  readonly req: { readonly method: string };
  /** Named as node-server names them, so that its helpers work. */
  readonly incoming: NodeBindings["incoming"];
  readonly outgoing: NodeBindings["outgoing"];
  /** Pattern of the route that answered. */
  route = "";
  dataset: OpenDataset | undefined = undefined;
  /** It was meant to last: nobody need be told that it did. */
  isLive = false;
  /** Where it has its turn. */
  #turn: WeightedLimit | undefined;
  #holding: NodeJS.Timeout | undefined;
  readonly #heldRequests: WeightedLimit;
  readonly #client: () => string | undefined;
  readonly #isProxied: () => boolean;
  readonly #heldBytes: WeightedLimit;
  readonly #onCutOff: ScopeOptions["onCutOff"];
  #held = 0;
  #isOver = false;

  constructor(options: ScopeOptions) {
    const { bindings, method, headers, requestId, path, heldBytes, heldRequests, onCutOff } = options;
    super();
    this.incoming = bindings.incoming;
    this.outgoing = bindings.outgoing;
    this.req = { method };
    this.headers = headers;
    this.requestId = requestId;
    this.path = path;
    this.#heldBytes = heldBytes;
    this.#heldRequests = heldRequests;
    this.#client = options.client;
    this.#isProxied = options.isProxied;
    this.#onCutOff = onCutOff;
  }

  override get client(): string | undefined {
    return this.#client();
  }

  override get isProxied(): boolean {
    return this.#isProxied();
  }

  get env(): this {
    return this;
  }

  override reserve(bytes: number, options: CallOptions): Promise<void> | undefined {
    if (bytes <= UNCOUNTED_BYTES || this.outgoing === undefined) return undefined;
    const waiting = this.#heldBytes.take(bytes, options);
    if (waiting === undefined) this.#hold(bytes);
    return waiting?.then(() => this.#hold(bytes));
  }

  /**
   * The heap is small beside what is sent from it: V8 would mark all of it for each 30 MiB or so of such bodies, which
   * costs more than reading and sending them.
   */
  override freeOnceSent(bytes: Uint8Array): void {
    const { outgoing } = this;
    // without TLS or with: over HTTP/1.1 "finish" comes when the last byte was handed on
    if (!(outgoing instanceof ServerResponse) || bytes.length < FREED_BYTES) return;
    const { socket } = outgoing;
    const { buffer } = bytes;
    if (!(buffer instanceof ArrayBuffer) || buffer.byteLength !== bytes.length) return;
    outgoing.once("finish", () => {
      // of a broken connection the system may still hold a piece: that one is left to the collector
      if (socket?.destroyed === false) buffer.transfer(0);
    });
  }

  override hold(): boolean {
    this.isLive = true;
    return this.#giveTurn();
  }

  #giveTurn(): boolean {
    if (this.#isOver || this.#turn === this.#heldRequests) return true;
    if (!this.#heldRequests.tryTake(1)) return false;
    this.#turn?.give(1);
    this.#turn = this.#heldRequests;
    return true;
  }

  override cutOff(error: unknown): boolean {
    this.#onCutOff(this, error);
    this.outgoing?.destroy();
    return this.outgoing !== undefined;
  }

  holdDataset(dataset: OpenDataset): void {
    if (this.dataset !== undefined) return;
    this.dataset = dataset;
    dataset.hold();
    if (dataset.dataset.readsMayWait === true) this.#giveTurnBackLater();
  }

  /** It has its turn among the requests, and gives it back at the end. */
  admitted(requests: WeightedLimit): void {
    if (this.#isOver) requests.give(1);
    else this.#turn = requests;
  }

  /** The answer is through, or the client has gone: everything held for it is given back. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.dataset?.release();
    clearTimeout(this.#holding);
    this.#turn?.give(1);
    if (this.#held > 0) this.#heldBytes.give(this.#held);
    this.#held = 0;
  }

  /** Who waits for minutes costs next to nothing, and must not keep others from being answered. */
  #giveTurnBackLater(): void {
    this.#holding = setTimeout(() => {
      if (this.#turn !== undefined) this.#giveTurn();
    }, HELD_AFTER_MS).unref();
  }

  #hold(bytes: number): void {
    if (this.#isOver) this.#heldBytes.give(bytes);
    else this.#held += bytes;
  }
}
