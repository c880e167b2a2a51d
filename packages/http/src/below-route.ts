import type { Context } from "hono";
import { routePath } from "hono/route";
import { rawPath } from "./request-target.ts";

/**
 * What stands below the route `…/*` that answers, as the client wrote it: percent-encoded, because in Hono's decoded
 * parameters an encoded slash looks like a real one. `/datasets/{id}.zarr` is routed as `/datasets/{id}/zarr`, so its
 * raw path has a segment less.
 * @param parameters segments of the route itself that belong to the text
 */
export function textBelowRoute(c: Context, parameters = 0): string {
  const mount = segmentCount(routePath(c).replace(/\/\*$/, "")) - parameters;
  const raw = rawPath(c.req.raw.url);
  const rewritten = segmentCount(c.req.path) - segmentCount(raw);
  return raw
    .split("/")
    .slice(mount - rewritten)
    .join("/");
}

function segmentCount(path: string): number {
  return path.replace(/\/$/, "").split("/").length;
}
