import { open } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { type CallOptions, GatewayError, siblingModule, untilAborted } from "@zarr-gateway/primitives";
import type { HashAnswer } from "./hash-thread.ts";
import { type FileDigest, FLAGS, RunningDigest } from "./running-digest.ts";

/** A third of a millisecond of hashing: other work of the process comes in between. */
const PIECE_BYTES = 512 * 1024;
/** Files above it are hashed on a thread: a gibibyte is more than a second of this one's time. */
const LARGE_BYTES = 8 * 1024 ** 2;

/** Hashes the files of one result; large ones on one thread, in turn, which begins with the first of them. */
export class FileHashes implements AsyncDisposable {
  #thread: Worker | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  /** Both checksums of a file in one pass, with one piece in memory. */
  async of(path: string, { signal }: CallOptions = {}): Promise<FileDigest> {
    const file = await open(path, FLAGS);
    try {
      const { size: announced } = await file.stat();
      if (announced > LARGE_BYTES) return await this.#inTurn(path, signal);
      const piece = Buffer.allocUnsafeSlow(Math.max(1, Math.min(PIECE_BYTES, announced)));
      const digest = new RunningDigest();
      for (;;) {
        signal?.throwIfAborted();
        const { bytesRead } = await file.read(piece, 0, piece.length, digest.size);
        if (bytesRead === 0) return digest.end();
        digest.add(piece.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread?.terminate();
  }

  #inTurn(path: string, signal: AbortSignal | undefined): Promise<FileDigest> {
    const digest = this.#turn.then(() => {
      signal?.throwIfAborted();
      return this.#onThread(path);
    });
    this.#turn = digest.catch(() => undefined); // told to who asked for it
    return untilAborted(digest, signal);
  }

  #onThread(path: string): Promise<FileDigest> {
    this.#thread ??= new Worker(siblingModule(import.meta.url, "hash-thread"), { env: {} });
    const thread = this.#thread;
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        thread.off("message", receive).off("error", fail).off("exit", end);
      };
      const receive = (answer: HashAnswer): void => {
        leave();
        if ("digest" in answer) resolve(answer.digest);
        else reject(answer.error);
      };
      const fail = (error: unknown): void => {
        leave();
        reject(new GatewayError("internal", "the thread that hashes results failed", {}, error));
      };
      const end = (): void => fail(undefined);
      thread.on("message", receive).on("error", fail).on("exit", end);
      thread.postMessage(path);
    });
  }
}
