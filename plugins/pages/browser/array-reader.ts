import type { Packing } from "../src/viewer-field.ts";

/** One element, everything, or every n-th of everything. */
export type Selection = readonly (number | null | { readonly step: number })[];

/** Arrays below one Zarr store, as numbers and texts. */
export interface ArrayReader {
  /** Values in C order, unpacked, missing ones as NaN. */
  numbers(path: string, selection: Selection | undefined, packing: Packing): Promise<Float64Array>;
  /** Texts of a short array; undefined where it is longer. */
  texts(path: string, maxLength: number): Promise<string[] | undefined>;
}

/** What the worker is asked, and what it answers. */
export type ReaderRequest = { readonly call: number; readonly store: string } & (
  | {
      readonly kind: "numbers";
      readonly path: string;
      readonly selection: Selection | undefined;
      readonly packing: Packing;
    }
  | { readonly kind: "texts"; readonly path: string; readonly maxLength: number }
);
export interface ReaderAnswer {
  readonly call: number;
  readonly value?: unknown;
  readonly failure?: string;
}

/** Reads in a worker: chunks are decoded beside the page, by code that the page itself may not run. */
export function openReader(store: string): ArrayReader {
  const worker = new Worker(new URL("reader.js", import.meta.url), { type: "module" });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let calls = 0;
  worker.addEventListener("message", ({ data }: MessageEvent<ReaderAnswer>) => {
    const { call, value, failure } = data;
    const waiter = waiting.get(call);
    waiting.delete(call);
    if (failure === undefined) waiter?.resolve(value);
    else waiter?.reject(new Error(failure));
  });
  worker.addEventListener("error", (event) => {
    for (const waiter of waiting.values())
      waiter.reject(new Error(event.message || "the reader did not start"));
    waiting.clear();
  });
  type Question = ReaderRequest extends infer One
    ? One extends unknown
      ? Omit<One, "call" | "store">
      : never
    : never;
  const ask = (question: Question): Promise<unknown> => {
    calls += 1;
    const waiter = Promise.withResolvers<unknown>();
    waiting.set(calls, waiter);
    worker.postMessage({ ...question, call: calls, store });
    return waiter.promise;
  };
  return {
    // the worker is ours: it answers each kind of question with its own kind of value
    numbers: (path, selection, packing) =>
      ask({ kind: "numbers", path, selection, packing }) as Promise<Float64Array>,
    texts: (path, maxLength) => ask({ kind: "texts", path, maxLength }) as Promise<string[] | undefined>,
  };
}
