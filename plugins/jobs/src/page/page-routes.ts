import type { JobRecord } from "@zarr-gateway/jobs";
import { GatewayError } from "@zarr-gateway/primitives";
import type { Context } from "hono";
import type { FrontDoor } from "../api/front-door.ts";

export function answerJobsPage(_c: Context, _door: FrontDoor): Response {
  throw new GatewayError("not_found", "there is no page yet");
}
export function answerJobPage(_c: Context, _door: FrontDoor, _job: JobRecord): Response {
  throw new GatewayError("not_found", "there is no page yet");
}
