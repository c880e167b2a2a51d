import { isGatewayError, messageOf } from "@zarr-gateway/primitives";

/** Causes of causes that are told. */
const MAX_CAUSES = 8;

/**
 * An error as the log has it: what it was, its causes' words, and where it comes from unless it was raised on purpose.
 * Nothing else of it: libraries hang requests with their keys on their errors.
 */
export function errorFields(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: messageOf(error) };
  const chain = chainOf(error);
  const causes = chain.slice(1).map(messageOf);
  const origin = chain.at(-1);
  return {
    type: error.name,
    message: error.message,
    ...(causes.length > 0 && { causes }),
    ...(isGatewayError(error) && { details: error.details }),
    ...(origin instanceof Error && !isGatewayError(origin) && { stack: origin.stack }),
  };
}

function chainOf(error: Error): unknown[] {
  const chain: unknown[] = [error];
  for (let last: unknown = error; last instanceof Error && last.cause !== undefined; last = last.cause) {
    chain.push(last.cause);
    if (chain.length > MAX_CAUSES) break;
  }
  return chain;
}
