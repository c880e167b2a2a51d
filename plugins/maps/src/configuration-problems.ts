import { GatewayError } from "@zarr-gateway/primitives";

/** One thing that is wrong with `maps:`. */
export interface MapProblem {
  /** Key path below `maps`. */
  readonly path: readonly string[];
  readonly message: string;
}

const MAX_PRINTED = 20;

/** Maps that could never be served: every problem, one a line. */
export class MapConfigurationError extends GatewayError {
  readonly problems: readonly MapProblem[];

  constructor(problems: readonly MapProblem[]) {
    const lines = problems.map(({ path, message }) => `maps.${path.join(".")}: ${message}`);
    super("invalid_request", lines.slice(0, MAX_PRINTED).join("\n"));
    this.problems = problems;
  }
}
