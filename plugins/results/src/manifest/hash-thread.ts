// A thread that hashes files one after another: reading and hashing hold nobody up here, so both are synchronous.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { parentPort } from "node:worker_threads";
import { type FileDigest, FLAGS, RunningDigest } from "./running-digest.ts";

/** Fewer calls than the pieces of the main thread, which has others to think of. */
const PIECE_BYTES = 4 * 1024 ** 2;

export type HashAnswer = { readonly digest: FileDigest } | { readonly error: unknown };

parentPort?.on("message", (path: string) => parentPort?.postMessage(answered(path)));

function answered(path: string): HashAnswer {
  try {
    return { digest: digestOf(path) };
  } catch (error) {
    return { error };
  }
}

function digestOf(path: string): FileDigest {
  const file = openSync(path, FLAGS);
  try {
    const piece = Buffer.allocUnsafeSlow(Math.max(1, Math.min(PIECE_BYTES, fstatSync(file).size)));
    const digest = new RunningDigest();
    for (;;) {
      const bytesRead = readSync(file, piece, 0, piece.length, digest.size);
      if (bytesRead === 0) return digest.end();
      digest.add(piece.subarray(0, bytesRead));
    }
  } finally {
    closeSync(file);
  }
}
