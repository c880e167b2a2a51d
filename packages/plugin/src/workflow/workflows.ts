import type { CallOptions } from "@zarr-gateway/primitives";
import type { Service } from "../plugin.ts";

/** A workflow as clients see it. */
export interface WorkflowInfo {
  readonly name: string;
  readonly description: string;
  /** JSON Schema 2020-12 of the parameters, as Earth2Studio spells them: bare object, `title`s, `additionalProperties: false`. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** False: requests for it answer, but no list names it. */
  readonly isListed: boolean;
  readonly state: WorkflowState;
}

export type WorkflowState =
  | { readonly state: "idle" | "starting" | "ready" }
  /** Its file could not be read or its `setup` threw. */
  | { readonly state: "failed"; readonly reason: string };

/** The workflows that this server offers; jobs of the same names run them. */
export interface Workflows {
  /** Only those that are exposed, in the order of their names. */
  list(): readonly WorkflowInfo[];
  /** Undefined: unknown, or not exposed (`isHidden`). */
  get(name: string): WorkflowInfo | undefined;
  /**
   * Values that stand in for defaults of the schema which this server cannot serve, such as a start time that its forecast
   * lacks; {} where all hold.
   * @param given parameters that are known already: they may select another forecast
   * @throws GatewayError where that cannot be found out
   */
  defaults?(
    name: string,
    given: Readonly<Record<string, unknown>>,
    options?: CallOptions,
  ): Promise<Readonly<Record<string, unknown>>>;
  /** Known, but not exposed. */
  isHidden(name: string): boolean;
}

/** Provided by the plugin `workflows`. */
export const WorkflowsService: Service<Workflows> = { id: "workflows" };
