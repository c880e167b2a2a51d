import { type CallOptions, type GatewayError, messageOf, untilAborted } from "@zarr-gateway/primitives";
import type { ModelPackage } from "../../model-package.ts";
import type { ModelSession } from "../../model-session.ts";
import type { RuntimeOptions } from "../../runtime/runtime-for.ts";
import type { RuntimeLog } from "../../runtime/runtime-log.ts";
import { createExchangeFolder, type ExchangeFolder } from "./exchange-folder.ts";
import { FieldFiles } from "./field-files.ts";
import { ModelChild } from "./model-child.ts";
import { ProcessSession } from "./process-session.ts";
import { takeStatics } from "./statics.ts";

export interface ChildSessionOptions {
  readonly model: ModelPackage;
  /** Execution providers in order of preference. */
  readonly providers: readonly string[];
  /** For one operator; absent: one for each core. */
  readonly threads?: number;
  /** For one state to be advanced, and for any other call; no limit where absent. */
  readonly stepTimeoutMs?: number;
  /** For the process to start, load its graphs and warm up; 15 minutes where absent, as graphs of gigabytes are compiled. */
  readonly startTimeoutMs?: number;
  /** Resident bytes of the process; past them it is ended. Only where the system tells (Linux). */
  readonly memoryLimit?: number;
  readonly batchLimit?: number;
  /** A dry step of each network after loading; absent: where the provider compiles. */
  readonly warmUp?: boolean;
  /** Of the runtime oip, beside the address in the package. */
  readonly oip?: NonNullable<RuntimeOptions["oip"]>;
  readonly log: RuntimeLog;
}

/** A session whose process can be seen. */
export interface ChildSession extends ModelSession {
  readonly isAlive: boolean;
  readonly pid: number;
  /** True where `close` was called: it did not end by itself. */
  readonly isClosed: boolean;
  /** Since its last call; 0 while there is one. */
  readonly idleMs: number;
  /** Settles with the reason when the process has ended. */
  readonly ended: Promise<GatewayError>;
  /** undefined where the system does not tell. */
  residentBytes(): Promise<number | undefined>;
}

const START_TIMEOUT_MS = 15 * 60_000;
/** For a process to say itself that a server was too slow. */
const GRACE_MS = 2000;

/**
 * A model in a process of its own: neither assembling tensors nor running graphs holds up the caller, and whatever happens to
 * the process, the caller lives. Fields travel through files in memory.
 * @throws GatewayError what `createModelSession` throws; model_timeout past `startTimeoutMs`
 */
export async function childSession(
  options: ChildSessionOptions,
  { signal }: CallOptions = {},
): Promise<ChildSession> {
  signal?.throwIfAborted();
  const folder = await createExchangeFolder();
  const child = new ModelChild(options.log);
  const removed = child.exited.then(() => remove(folder, options.log));
  try {
    return await untilAborted(open(options, { child, folder, removed }), signal);
  } catch (error) {
    child.end("was not wanted any more");
    throw error;
  }
}

interface Started {
  readonly child: ModelChild;
  readonly folder: ExchangeFolder;
  readonly removed: Promise<void>;
}

async function open(
  options: ChildSessionOptions,
  { child, folder, removed }: Started,
): Promise<ChildSession> {
  const files = new FieldFiles(folder.paths, "p");
  const { model, statics } = takeStatics(options.model);
  const {
    providers,
    threads,
    batchLimit,
    oip,
    warmUp,
    startTimeoutMs = START_TIMEOUT_MS,
    memoryLimit,
  } = options;
  const limits = timeLimits(options);
  const opened = await child.open(
    {
      ...{ model, providers, threads, batchLimit, oip, folders: folder.paths },
      statics: await files.write([statics]),
      isWarmedUp: warmUp,
      runTimeoutMs: limits.runTimeoutMs,
    },
    startTimeoutMs,
  );
  return new ProcessSession(opened, { child, files, removed, memoryLimit, ...limits });
}

/** A graph cannot be stopped, so that its process is ended. A server can be left, and the states stay. */
function timeLimits({ model, stepTimeoutMs = Infinity }: ChildSessionOptions): TimeLimits {
  if (model.runtime.name === "onnx") return { stepTimeoutMs, runTimeoutMs: undefined };
  const runs = 1 + model.diagnostics.length;
  return { stepTimeoutMs: runs * stepTimeoutMs + GRACE_MS, runTimeoutMs: stepTimeoutMs };
}

interface TimeLimits {
  readonly stepTimeoutMs: number;
  readonly runTimeoutMs: number | undefined;
}

async function remove(folder: ExchangeFolder, log: RuntimeLog): Promise<void> {
  await folder.remove().catch((error: unknown) => {
    log.warn({ reason: messageOf(error) }, "files of a model's process are left over");
  });
}
