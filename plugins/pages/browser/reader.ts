// The worker that reads chunks; `array-reader.ts` talks to it.
import type { ReaderAnswer, ReaderRequest } from "./array-reader.ts";
import { StoreReader } from "./store-reader.ts";

/** The global of a dedicated worker; the DOM's types know only the page's. */
const scope = globalThis as unknown as {
  postMessage(answer: ReaderAnswer, transfer: readonly Transferable[]): void;
  onmessage: ((event: MessageEvent<ReaderRequest>) => void) | null;
};

const readers = new Map<string, StoreReader>();

function readerOf(store: string): StoreReader {
  const known = readers.get(store) ?? new StoreReader(store);
  readers.set(store, known);
  return known;
}

async function answer(request: ReaderRequest): Promise<void> {
  const { call } = request;
  const reader = readerOf(request.store);
  try {
    if (request.kind === "texts") {
      scope.postMessage({ call, value: await reader.texts(request.path, request.maxLength) }, []);
      return;
    }
    const value = await reader.numbers(request.path, request.selection, request.packing);
    scope.postMessage({ call, value }, [value.buffer]);
  } catch (error) {
    scope.postMessage({ call, failure: failureText(error) }, []);
  }
}

/** With what lies behind it: "Failed to decode chunk" alone helps nobody. */
function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${failureText(error.cause)}`;
}

scope.onmessage = ({ data }) => void answer(data);
