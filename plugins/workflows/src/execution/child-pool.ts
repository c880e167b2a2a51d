import { dirname } from "node:path";
import { GatewayError } from "@zarr-gateway/primitives";
import type { DatasetAddress, WorkflowPlace } from "../child/messages.ts";
import { WORKFLOW_PROCESS } from "../child/program-file.ts";
import { PYTHON_BRIDGE, type PythonProgramOptions, pythonProgram } from "../python/python-program.ts";
import type { LoadRequest } from "./child-calls.ts";
import { type ChildProgram, type ChildProgramOptions, nodeProgram, Scratch } from "./child-program.ts";
import type { DatasetServer, DatasetSession } from "./dataset-server.ts";
import { type HiddenPath, namedFolders } from "./hidden-paths.ts";
import { WorkflowChild } from "./workflow-child.ts";

/** A process that has a workflow loaded. */
export interface PooledChild {
  readonly child: WorkflowChild;
  readonly scratch: Scratch;
  readonly session: DatasetSession;
}

export interface ChildPoolOptions {
  readonly datasets: DatasetServer;
  readonly program: ChildProgramOptions;
  /** Absent: files in Python cannot be run. */
  readonly python?: Pick<PythonProgramOptions, "interpreter" | "results" | "fileBytes"> | undefined;
  /** Processes at most, as long as they are idle; one more for each run that needs one. */
  readonly maxIdle: number;
  /** Of what clients are told. */
  readonly hidden?: readonly HiddenPath[];
  readonly idleMs?: number;
  readonly graceMs?: number;
  readonly log: (fields: Readonly<Record<string, unknown>>, message: string) => void;
}

export interface TakeRequest extends LoadRequest {
  readonly name: string;
}

interface Idle {
  readonly name: string;
  readonly pooled: PooledChild;
  readonly timer: NodeJS.Timeout;
}

export type Language = "javascript" | "python";

function languageOf(place: WorkflowPlace): Language {
  return "file" in place && place.file.endsWith(".py") ? "python" : "javascript";
}

const IDLE_MS = 5 * 60_000;

/** Processes of workflows between their runs: the models that `setup` loaded stay where they are for a while. */
export class ChildPool {
  readonly #options: ChildPoolOptions;
  /** Every process, and when what it leaves behind is gone. */
  readonly #all = new Map<PooledChild, Promise<void>>();
  #idle: Idle[] = [];
  #isClosed = false;

  constructor(options: ChildPoolOptions) {
    this.#options = options;
  }

  /** How many processes there are. */
  get size(): number {
    return this.#all.size;
  }

  /** One that is ready to run the workflow: an idle one, or a new one. @throws GatewayError what its `setup` threw */
  async take(request: TakeRequest, signal: AbortSignal): Promise<PooledChild> {
    const idle = this.#idle.findLast(({ name, pooled }) => name === request.name && pooled.child.isAlive);
    if (idle !== undefined) {
      this.#forget(idle);
      return idle.pooled;
    }
    const pooled = await this.start(languageOf(request.place));
    const onAbort = (): void => void pooled.child.stop("it was cancelled");
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      signal.throwIfAborted();
      await pooled.child.load(request);
      return pooled;
    } catch (error) {
      void pooled.child.stop("its workflow could not be set up");
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** For the next run. One that ended is forgotten. */
  give(name: string, pooled: PooledChild): void {
    if (this.#isClosed) void pooled.child.stop("the server stops");
    if (this.#isClosed || !pooled.child.isAlive) return;
    const timer = setTimeout(() => this.#drop(idle), this.#options.idleMs ?? IDLE_MS);
    timer.unref();
    const idle: Idle = { name, pooled, timer };
    this.#idle.push(idle);
    const [oldest] = this.#idle;
    if (this.#idle.length > Math.max(1, this.#options.maxIdle) && oldest !== undefined) this.#drop(oldest);
  }

  /** A process with nothing loaded; it is forgotten when it ends. */
  async start(language: Language): Promise<PooledChild> {
    const { datasets, graceMs, log } = this.#options;
    const scratch = await Scratch.create();
    const session = await datasets.session();
    const child = new WorkflowChild({
      program: this.#programOf(language, scratch, session.address),
      onLine: (line) => log({ line }, "a workflow's process writes"),
      ...(graceMs !== undefined && { graceMs }),
      hidden: this.#hiddenOf(scratch),
    });
    const pooled = { child, scratch, session };
    const gone = child.exited.then(async () => {
      const idle = this.#idle.find((one) => one.pooled === pooled);
      if (idle !== undefined) this.#forget(idle);
      session.close();
      await scratch.remove().catch(() => undefined); // in the system's folder for such things
      this.#all.delete(pooled);
    });
    this.#all.set(pooled, gone);
    if (this.#isClosed) void child.stop("the server stops");
    return pooled;
  }

  #programOf(language: Language, scratch: Scratch, address: DatasetAddress): ChildProgram {
    const { program, python } = this.#options;
    if (language === "javascript") return nodeProgram(scratch, address, program);
    if (python === undefined) throw new GatewayError("internal", "no interpreter of Python is configured");
    return pythonProgram(scratch, { ...program, ...python });
  }

  #hiddenOf(scratch: Scratch): HiddenPath[] {
    const { program, python, hidden = [] } = this.#options;
    return [
      ...hidden,
      { path: scratch.temporary, shown: "tmp" },
      { path: scratch.path, shown: "scratch" },
      ...namedFolders([
        ...program.readable,
        ...[dirname(WORKFLOW_PROCESS), PYTHON_BRIDGE],
        ...(python === undefined ? [] : [python.interpreter]),
      ]),
    ];
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const idle of this.#idle) clearTimeout(idle.timer);
    this.#idle = [];
    const ends = [...this.#all].map(async ([{ child }, gone]) => {
      await child.stop("the server stops");
      await gone;
    });
    await Promise.all(ends);
  }

  #drop(idle: Idle): void {
    this.#forget(idle);
    void idle.pooled.child.stop("it was idle");
  }

  #forget(idle: Idle): void {
    clearTimeout(idle.timer);
    this.#idle = this.#idle.filter((one) => one !== idle);
  }
}
