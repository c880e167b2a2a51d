import { setPriority } from "node:os";
import { parentPort } from "node:worker_threads";

/**
 * Threads of the pool give way to the event loop: when all cores are busy encoding, small requests would otherwise
 * wait for a turn of the scheduler. Linux counts niceness by thread, and 0 is the calling one (setpriority(2));
 * elsewhere it is the whole process, which must stay as it is.
 */
const NICENESS = 10;
if (process.platform === "linux") setPriority(0, NICENESS);

/** One call, as the pool posts it. */
export interface PoolRequest {
  readonly id: number;
  readonly module: string;
  readonly name: string;
  readonly input: unknown;
}
/** Its answer. Errors travel as plain data: structured clone drops the fields of an error class. */
export type PoolResponse =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: PoolError };
export interface PoolError {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly code?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

type Task = (input: unknown) => unknown;

async function answer(request: PoolRequest): Promise<void> {
  try {
    const exports = (await import(request.module)) as Record<string, unknown>; // a module namespace object
    const task = exports[request.name];
    if (typeof task !== "function") throw new TypeError(`${request.name} is not exported by the task module`);
    const result = await (task as Task)(request.input);
    const { value, transfer } = isTransferred(result) ? result : { value: result, transfer: [] };
    parentPort?.postMessage({ id: request.id, ok: true, value } satisfies PoolResponse, transfer);
  } catch (error) {
    parentPort?.postMessage({ id: request.id, ok: false, error: describe(error) } satisfies PoolResponse);
  }
}

function isTransferred(result: unknown): result is { value: unknown; transfer: ArrayBuffer[] } {
  return typeof result === "object" && result !== null && "transfer" in result && "value" in result;
}

function describe(error: unknown): PoolError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), stack: undefined };
  const extra = error as { code?: unknown; details?: Readonly<Record<string, unknown>> }; // fields a GatewayError has
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    ...(typeof extra.code === "string" ? { code: extra.code } : {}),
    ...(extra.details ? { details: extra.details } : {}),
  };
}

parentPort?.on("message", (request: PoolRequest) => void answer(request));
