import type { WorkflowInfo, WorkflowState, Workflows } from "@zarr-gateway/plugin";
import type { CallOptions } from "@zarr-gateway/primitives";
import { z } from "zod";
import type { KnownWorkflow } from "../execution/known-workflow.ts";
import { parameterSchema } from "../parameters/parameter-schema.ts";
import type { Exposure } from "./exposure.ts";

/** A file that gives no workflow: it is listed with the reason. */
export interface FailedWorkflow {
  readonly name: string;
  readonly reason: string;
}

/** After so long a `setup` that threw may be tried again. */
const FAILED_MS = 30_000;
const NO_PARAMETERS = z.object({});

interface Entry {
  readonly name: string;
  readonly description: string;
  readonly schema: WorkflowInfo["schema"];
  readonly defaults?: KnownWorkflow["defaults"] | undefined;
  state: WorkflowState;
  /** When it may be tried again; what a file lacks stays. */
  until?: number;
}

/** Every workflow that was found, and how it is. */
export class WorkflowCatalog implements Workflows {
  readonly #exposure: Exposure;
  readonly #entries = new Map<string, Entry>();

  constructor(exposure: Exposure) {
    this.#exposure = exposure;
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** Whether a file gave no workflow. */
  get hasFailed(): boolean {
    return [...this.#entries.values()].some(
      ({ state, until }) => state.state === "failed" && until === undefined,
    );
  }

  add({ name, description, schema, defaults }: KnownWorkflow): void {
    this.#entries.set(name, { name, description, schema, defaults, state: { state: "idle" } });
  }

  addFailed({ name, reason }: FailedWorkflow): void {
    const schema = parameterSchema(name, NO_PARAMETERS);
    this.#entries.set(name, { name, description: "", schema, state: { state: "failed", reason } });
  }

  noteState(name: string, state: "starting" | "ready" | Error): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    entry.state = state instanceof Error ? { state: "failed", reason: state.message } : { state };
    if (state instanceof Error) entry.until = performance.now() + FAILED_MS;
    else delete entry.until;
  }

  list(): readonly WorkflowInfo[] {
    const exposed = [...this.#entries.values()].filter(({ name }) => this.#exposure.isExposed(name));
    return exposed.sort((a, b) => (a.name < b.name ? -1 : 1)).map((entry) => this.#info(entry));
  }

  get(name: string): WorkflowInfo | undefined {
    const entry = this.#entries.get(name);
    return entry !== undefined && this.#exposure.isExposed(name) ? this.#info(entry) : undefined;
  }

  async defaults(
    name: string,
    given: Readonly<Record<string, unknown>>,
    options: CallOptions = {},
  ): Promise<Readonly<Record<string, unknown>>> {
    return (await this.#entries.get(name)?.defaults?.(given, options)) ?? {};
  }

  isHidden(name: string): boolean {
    return this.#entries.has(name) && !this.#exposure.isExposed(name);
  }

  #info({ name, description, schema, state, until }: Entry): WorkflowInfo {
    const isOver = until !== undefined && performance.now() > until;
    return {
      ...{ name, description, schema },
      isListed: this.#exposure.isListed(name),
      state: isOver ? { state: "idle" } : state,
    };
  }
}
