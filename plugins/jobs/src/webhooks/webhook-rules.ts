import { isIP } from "node:net";
import { GatewayError, type HostTrust } from "@zarr-gateway/primitives";
import { z } from "zod";

/** Turns of a job that somebody can be told of; `ended` is any end. */
export const JOB_TURNS = [
  "started",
  "succeeded",
  "partially_succeeded",
  "failed",
  "cancelled",
  "ended",
] as const;
export type JobTurn = (typeof JOB_TURNS)[number];

/** Who is told of what. */
export interface Webhook {
  readonly url: string;
  readonly events: readonly JobTurn[];
}

const URL_WANTED = "expected a URL of 2048 characters at most";
const EVENTS_WANTED = `expected a list of ${JOB_TURNS.join(", ")}`;

export const webhookSchema = z.strictObject(
  {
    url: z.string(URL_WANTED).min(1, URL_WANTED).max(2048, URL_WANTED),
    events: z
      .array(z.enum(JOB_TURNS, EVENTS_WANTED), EVENTS_WANTED)
      .min(1, EVENTS_WANTED)
      .max(JOB_TURNS.length, EVENTS_WANTED)
      .default(["ended"]),
  },
  { error: ({ code }) => (code === "invalid_type" ? "expected { url, events }" : undefined) },
);

/** Where messages of jobs may go. */
export interface WebhookRules {
  /** Each message goes to a URL below one of these. */
  readonly allow: readonly string[];
  /** True: names below `allow` may be at private addresses. */
  readonly allowPrivate: boolean;
}

/** @throws GatewayError invalid_request naming the key, forbidden for a URL that is not among the allowed ones */
export function checkedWebhook(input: unknown, rules: WebhookRules | undefined): Webhook {
  const parsed = webhookSchema.safeParse(input);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const key = ["webhook", ...(issue?.path ?? [])].join(".");
    throw new GatewayError("invalid_request", `${key}: ${issue?.message ?? "expected { url, events }"}`);
  }
  const { url } = parsed.data;
  if (rules === undefined || !rules.allow.some((prefix) => isBelow(url, prefix)))
    throw new GatewayError(
      "forbidden",
      "webhook.url: expected a URL below one that jobs.webhooks.allow names",
    );
  return parsed.data;
}

/** Trust in the host of a URL: an address that the configuration names was meant, a name may come to mean any. */
export function trustIn(url: URL, { allow, allowPrivate }: WebhookRules): HostTrust {
  const isNamedAddress =
    isIP(url.hostname.replace(/^\[(.*)\]$/, "$1")) !== 0 && allow.some((prefix) => isBelow(url.href, prefix));
  return allowPrivate || isNamedAddress ? "named" : "unnamed";
}

function isBelow(text: string, prefix: string): boolean {
  const [url, base] = [URL.parse(text), URL.parse(prefix)];
  if (url === null || base === null || !/^https?:$/.test(url.protocol)) return false;
  if (url.username !== "" || url.password !== "" || url.origin !== base.origin) return false;
  const folder = base.pathname.endsWith("/") ? base.pathname : `${base.pathname}/`;
  return url.pathname === base.pathname || url.pathname.startsWith(folder);
}
