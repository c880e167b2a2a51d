import type { ConfigurationDocument } from "./document.ts";
import { formatKey, type Problem } from "./problem.ts";
import type { Configuration } from "./schema.ts";

/** A name that anybody may put into a header is none. */
export function ownerProblems({ jobs, server }: Configuration, document: ConfigurationDocument): Problem[] {
  if (jobs?.owners === undefined || server.trustedProxies.length > 0) return [];
  const path = ["jobs", "owners", "header"];
  const message = "needs server.trustedProxies: the header is believed of those proxies alone";
  return [{ place: document.placeOf(path), key: formatKey(path), message }];
}
