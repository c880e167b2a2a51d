import { GatewayError } from "@zarr-gateway/primitives";

/** One step as it is written: `sel(lat=20:70,time=2013-01)`. Positions count characters of the whole view from 0. */
export interface ViewCall {
  readonly name: string;
  readonly at: number;
  readonly arguments: readonly ViewArgument[];
}

/** `lat=20:70` or `time`: commas inside parentheses belong to the value. */
export interface ViewArgument {
  readonly key: string | undefined;
  readonly at: number;
  readonly value: string;
  readonly valueAt: number;
}

/** The one form of complaint about a view; `position` is in the details and in the sentence. */
export function viewError(message: string, position: number): GatewayError {
  return new GatewayError("invalid_request", `${message} (at position ${position} of the view)`, {
    position,
  });
}
