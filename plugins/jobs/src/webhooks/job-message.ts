import { createHash } from "node:crypto";
import { isJobEnded, type JobRecord, jobProgress, jobState } from "@zarr-gateway/jobs";
import type { PendingWebhooks } from "./pending-webhooks.ts";
import type { StoredMessage } from "./webhook-job.ts";
import type { JobTurn, Webhook } from "./webhook-rules.ts";

/** What is to be told of a job as it is now, each with an id that is the same whoever makes it. */
export function messagesOf(job: JobRecord, wish: PendingWebhooks, source: string): readonly StoredMessage[] {
  return wish.webhooks.flatMap((webhook, position) =>
    turnsOf(job, webhook, wish.toldEnd).map((turn) => {
      const made = createHash("sha256")
        .update(JSON.stringify([wish.name, position, turn]))
        .digest("hex");
      const id = `webhook-${made.slice(0, 32)}`;
      return { id, url: webhook.url, body: JSON.stringify(cloudEvent(job, { id, turn, source })) };
    }),
  );
}

/** `ended` and the end's own name are one message. */
function turnsOf(job: JobRecord, { events }: Webhook, toldEnd = -Infinity): readonly JobTurn[] {
  const state = jobState(job);
  const hasStarted = job.tasks.some(({ steps }) =>
    steps.some(({ attempts }) => attempts.some(({ startedAt }) => startedAt >= toldEnd)),
  );
  const started = events.includes("started") && hasStarted ? (["started"] as const) : [];
  if (!isJobEnded(state)) return started;
  const end = END_TURNS.find((turn) => turn === state);
  const isWanted = end !== undefined && (events.includes("ended") || events.includes(end));
  return isWanted ? [...started, end] : started;
}

const END_TURNS = ["succeeded", "partially_succeeded", "failed", "cancelled"] as const;

interface Told {
  readonly id: string;
  readonly turn: JobTurn;
  readonly source: string;
}

/** CloudEvents 1.0, structured. */
function cloudEvent(job: JobRecord, { id, turn, source }: Told): object {
  const failed = job.tasks.flatMap(({ steps }) => steps).find(({ state }) => state === "failed");
  return {
    specversion: "1.0",
    id,
    source,
    type: `org.zarr-gateway.job.${turn}`,
    subject: job.id,
    time: new Date(job.endedAt ?? job.createdAt).toISOString(),
    datacontenttype: "application/json",
    data: {
      id: job.id,
      definition: job.definition,
      state: jobState(job),
      createdAt: new Date(job.createdAt).toISOString(),
      ...(job.endedAt !== undefined && { endedAt: new Date(job.endedAt).toISOString() }),
      progress: { fraction: jobProgress(job, job.endedAt ?? job.createdAt).fraction },
      ...(failed?.error && { error: { code: failed.error.code } }),
    },
  };
}
