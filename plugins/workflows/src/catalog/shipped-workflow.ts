import type { Json } from "@zarr-gateway/jobs";
import type { Workflow } from "@zarr-gateway/plugin";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { issuesOf, parsedConfig, parsedParameters, workflowFacts } from "../child/load-workflow.ts";
import type { KnownWorkflow } from "../execution/known-workflow.ts";
import { type Catalogs, CheckedDatasets } from "../execution/leased-datasets.ts";
import { refusedParameters } from "../parameters/parameter-problem.ts";
import { type DefaultsAsked, forecastDefaults } from "../shipped/forecast-defaults.ts";

export interface ShippedContext {
  readonly catalogs: Catalogs;
  readonly configs: { readonly [name: string]: Json };
  /** Ids of the forecasts of the configuration: where there is one alone, it needs no naming. */
  readonly forecasts: readonly string[];
  readonly timeoutMs: number;
}

/** A workflow of the program itself: its parameters are checked here. @throws GatewayError for a configuration that does not fit */
export function shippedWorkflow(workflow: Workflow, context: ShippedContext): KnownWorkflow {
  const { name } = workflow;
  const own = configOf(workflow, context);
  const config = parsedConfig(workflow, own);
  const facts = workflowFacts(workflow, {});
  return {
    ...{ name, description: facts.description, schema: facts.schema },
    place: { shipped: name },
    config: own,
    timeoutMs: workflow.timeoutMs ?? context.timeoutMs,
    maxAttempts: workflow.maxAttempts ?? 1,
    ...(needsForecast(workflow) && {
      async defaults(given: Readonly<Record<string, unknown>>, options: CallOptions) {
        const datasets = new CheckedDatasets(context.catalogs);
        try {
          const properties = facts.schema["properties"] as DefaultsAsked["properties"]; // JSON Schema of an object
          return await forecastDefaults({ properties, config, given }, datasets, options);
        } finally {
          datasets.release();
        }
      },
    }),
    async check(parameters, { signal }) {
      let parsed: Record<string, unknown>;
      try {
        parsed = parsedParameters(workflow, parameters);
      } catch (error) {
        const issues = issuesOf(error);
        if (issues === undefined) throw error;
        throw refusedParameters(
          String(facts.schema["title"]),
          issues.map((issue) => ({ ...issue, input: null })),
        );
      }
      const datasets = new CheckedDatasets(context.catalogs);
      try {
        // a check that is not told to stop has nobody who waits for it
        await workflow.check?.({ parameters: parsed, config, datasets, ...(signal && { signal }) });
      } finally {
        datasets.release();
      }
    },
  };
}

function configOf(
  workflow: Workflow,
  { configs, forecasts }: ShippedContext,
): { readonly [key: string]: Json } {
  const given = Object.hasOwn(configs, workflow.name) ? configs[workflow.name] : {};
  if (typeof given !== "object" || given === null || Array.isArray(given))
    throw new GatewayError("invalid_request", `workflows.${workflow.name}: expected a map`);
  const [only, ...others] = forecasts;
  const fallback =
    needsForecast(workflow) && only !== undefined && others.length === 0 ? { forecast: only } : {};
  return { ...fallback, ...(given as { readonly [key: string]: Json }) }; // neither null nor a list
}

function needsForecast({ config }: Workflow): boolean {
  return config !== undefined && "forecast" in config.shape;
}
