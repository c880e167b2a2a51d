import { z } from "zod";
import type { ConfigurationDocument } from "./document.ts";
import { formatKey, type Problem } from "./problem.ts";
import type { Configuration } from "./schema.ts";

/** `jobs.owners` */
export const ownersKey = z
  .strictObject({
    header: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,64}$/)
      .describe("the name of a header in which a trusted proxy says who asks, such as X-Forwarded-User"),
    maxRunning: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe("a number of steps of one owner that run at once, in all processes together"),
  })
  .optional()
  .describe("who owns a job, and what one owner may have");

/** A name that anybody may put into a header is none. */
export function ownerProblems({ jobs, server }: Configuration, document: ConfigurationDocument): Problem[] {
  if (jobs?.owners === undefined || server.trustedProxies.length > 0) return [];
  const path = ["jobs", "owners", "header"];
  const message = "needs server.trustedProxies: the header is believed of those proxies alone";
  return [{ place: document.placeOf(path), key: formatKey(path), message }];
}
