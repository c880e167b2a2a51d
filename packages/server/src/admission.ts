import type { GatewayLimits } from "./limits.ts";
import { WeightedLimit } from "./weighted-limit.ts";

/** What may be under way at once, and what waits for its turn. */
export interface Admission {
  readonly requests: WeightedLimit;
  /** Bytes of large answers that are on their way. */
  readonly heldBytes: WeightedLimit;
  /** Requests that stay open, such as event streams. */
  readonly heldRequests: WeightedLimit;
}

export function createAdmission(limits: GatewayLimits): Admission {
  const { maxWaitingRequests: maxQueue, maxWaitMs } = limits;
  return {
    requests: new WeightedLimit({ of: "requests", max: limits.maxActiveRequests, maxQueue, maxWaitMs }),
    heldBytes: new WeightedLimit({ of: "large answers", max: limits.maxHeldBytes, maxQueue, maxWaitMs }),
    heldRequests: new WeightedLimit({
      of: "held requests",
      max: limits.maxHeldRequests,
      maxQueue: 0,
      maxWaitMs: 0,
    }),
  };
}
