import type { JobDefinition, JobEngine, StepDefinition } from "@zarr-gateway/jobs";
import { z } from "zod";
import { sendMessage } from "./send-message.ts";
import type { WebhookRules } from "./webhook-rules.ts";

export const WEBHOOK_DEFINITION = "webhook";
/** Jobs that only carry messages of others: shown when they are asked for, made by nobody else. */
export const HIDDEN_DEFINITIONS: ReadonlySet<string> = new Set([WEBHOOK_DEFINITION]);

/** Names of what can be asked for. */
export function visibleDefinitions(engine: Pick<JobEngine, "definitions">): readonly string[] {
  return engine
    .definitions()
    .map(({ name }) => name)
    .filter((name) => !HIDDEN_DEFINITIONS.has(name));
}

const WEEK_MS = 7 * 86_400_000;
const MAX_QUEUED = 100_000;
const ATTEMPT_MS = 15_000;

const message = z.strictObject({ id: z.string(), url: z.string(), body: z.string() });
export type StoredMessage = z.output<typeof message>;

/** One message to one address is one job, so that it outlives restarts, is tried again, and is seen where it fails. */
export const webhookJob: JobDefinition<StoredMessage> = {
  name: WEBHOOK_DEFINITION,
  description: "Tells somebody of a turn of another job",
  params: message,
  maxQueued: MAX_QUEUED,
  retentionMs: WEEK_MS,
  plan: (params) => [{ key: "message", input: params, steps: [{ step: "webhook.send" }] }],
};

/** Ten attempts within about an hour: 10 s, 20 s, 40 s, … after each other, less up to half of it. */
export function webhookStep(options: {
  readonly rules: WebhookRules;
  readonly secret: string;
}): StepDefinition {
  return {
    name: "webhook.send",
    retry: { maxAttempts: 10, delayMs: 10_000, maxDelayMs: 3_600_000 },
    timeoutMs: ATTEMPT_MS,
    run: async (input, _settings, { signal }) => ({
      status: await sendMessage(message.parse(input), { ...options, signal }),
    }),
  };
}
