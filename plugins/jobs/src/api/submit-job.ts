import { randomUUID } from "node:crypto";
import { forwardedName, requestJson } from "@zarr-gateway/http";
import type { JobRecord } from "@zarr-gateway/jobs";
import { GatewayError, similarWord } from "@zarr-gateway/primitives";
import type { Context } from "hono";
import { visibleDefinitions } from "../webhooks/webhook-job.ts";
import { checkedWebhook } from "../webhooks/webhook-rules.ts";
import { type FrontDoor, shown } from "./front-door.ts";

const MAX_BODY = 1024 * 1024;
const MAX_PRIORITY = 100;
const KEYS = ["parameters", "priority", "webhook"] as const;

/** @returns the job, and whether this request made it: a known `Idempotency-Key` gives back the first one */
export async function submittedJob(
  door: FrontDoor,
  definition: string,
  c: Context,
): Promise<{ readonly job: JobRecord; readonly isNew: boolean }> {
  const { engine, owners } = door.jobs;
  const request = c.req.raw;
  const known = visibleDefinitions(engine);
  if (!known.includes(definition)) throw new GatewayError("not_found", unknownDefinition(definition, known));
  const wish = parseBody(await requestJson(request, { maxBytes: MAX_BODY }));
  const idempotencyKey = request.headers.get("idempotency-key");
  const id = randomUUID();
  const owner = forwardedName(c, owners?.header);
  const wishes = { id, owner, priority: wish.priority, ...(idempotencyKey !== null && { idempotencyKey }) };
  const { webhooks } = door.activity;
  const { signal } = request;
  const webhook = wish.webhook === undefined ? undefined : checkedWebhook(wish.webhook, webhooks?.rules);
  const job =
    webhooks === undefined
      ? await engine.submit(definition, wish.parameters, wishes, { signal })
      : await webhooks.submit(definition, wish.parameters, { wishes, webhook, signal });
  return { job, isNew: job.id === id };
}

function unknownDefinition(name: string, known: readonly string[]): string {
  const meant = similarWord(name.slice(0, 60), known);
  return `no job definition ${shown(name)}${meant === undefined ? "" : `; did you mean ${JSON.stringify(meant)}?`}`;
}

interface Wish {
  readonly parameters: unknown;
  readonly priority: number;
  readonly webhook: unknown;
}

/** @throws GatewayError invalid_request naming the key */
function parseBody(body: unknown = {}): Wish {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw invalid("body", `an object with ${KEYS.join(", ")}`);
  const unknown = Object.keys(body).filter((key) => !KEYS.some((known) => known === key));
  if (unknown.length > 0)
    throw invalid(`body.${unknown[0]?.slice(0, 60)}`, `one of ${KEYS.join(", ")}; this key is unknown`);
  const given = body as Readonly<Record<string, unknown>>; // an object
  // Many clients write null for what they leave out.
  const {
    parameters = {},
    priority,
    webhook,
  } = { ...given, priority: given["priority"] ?? 0, webhook: given["webhook"] ?? undefined };
  if (typeof priority !== "number" || !Number.isInteger(priority) || Math.abs(priority) > MAX_PRIORITY)
    throw invalid("priority", `an integer from -${MAX_PRIORITY} to ${MAX_PRIORITY}`);
  return { parameters, priority, webhook };
}

function invalid(key: string, expected: string): GatewayError {
  return new GatewayError("invalid_request", `${key}: expected ${expected}`, { parameter: key });
}
