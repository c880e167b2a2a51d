import { GatewayError } from "@zarr-gateway/primitives";

/** One thing that is wrong with `forecasts:`. */
export interface ForecastProblem {
  /** Key path below `forecasts`. */
  readonly path: readonly string[];
  readonly message: string;
}

const MAX_PRINTED = 20;

/** Forecasts that could never be served: every problem, one a line. */
export class ForecastConfigurationError extends GatewayError {
  readonly problems: readonly ForecastProblem[];

  constructor(problems: readonly ForecastProblem[]) {
    const lines = problems.map(({ path, message }) => `forecasts.${path.join(".")}: ${message}`);
    super("invalid_request", lines.slice(0, MAX_PRINTED).join("\n"));
    this.problems = problems;
  }
}
