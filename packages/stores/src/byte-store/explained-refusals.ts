import { GatewayError, isGatewayError } from "@zarr-gateway/primitives";
import type { ObjectRequests } from "./object-requests.ts";

/**
 * S3 and Google answer 403 for an object that does not exist, unless the asker may list the bucket. So a refusal stays a
 * failure, but where listing is refused too, its message says what that may mean.
 * @param right what grants listing
 */
export function explainedRefusals(requests: ObjectRequests, right: string): ObjectRequests {
  let mayList: Promise<boolean> | undefined;
  return {
    ...(requests.list && { list: (folder, options) => requests.list?.(folder, options) ?? none() }),
    hasSuffixRanges: requests.hasSuffixRanges,
    async send(key, call) {
      try {
        return await requests.send(key, call);
      } catch (error) {
        if (!isGatewayError(error) || error.code !== "forbidden" || error.details["status"] !== 403)
          throw error;
        // for all who ask, so without the signal of one of them
        mayList ??= isListed(requests);
        if (await mayList) throw error;
        const advice = `listing is refused too, and without that right (${right}) this is also the answer for an object that does not exist`;
        throw new GatewayError(error.code, `${error.message}; ${advice}`, error.details, error);
      }
    },
  };
}

/** True also where the listing fails otherwise: then nothing is known. */
async function isListed(requests: ObjectRequests): Promise<boolean> {
  try {
    for await (const _ of requests.list?.("", {}) ?? none()) break;
    return true;
  } catch (error) {
    return !isGatewayError(error) || error.code !== "forbidden";
  }
}

async function* none(): AsyncGenerator<string, void, undefined> {
  // a store without listings
}
