import type { JobEngine } from "@zarr-gateway/jobs";
import type { Webhooks } from "./webhooks.ts";

/** The same engine, whose jobs are told of whoever submits them. */
export function toldEngine(engine: JobEngine, webhooks: Webhooks | undefined): JobEngine {
  if (webhooks === undefined) return engine;
  return {
    defineJob: (definition) => engine.defineJob(definition),
    defineStep: (step) => engine.defineStep(step),
    definitions: () => engine.definitions(),
    submit: (definition, params, wishes, options) =>
      webhooks.submit(definition, params, { ...options, ...(wishes && { wishes }) }),
    get: (id, options) => engine.get(id, options),
    list: (filter, options) => engine.list(filter, options),
    position: (id, options) => engine.position(id, options),
    cancel: (id, options) => engine.cancel(id, options),
    retry: (id, options) => webhooks.retry(id, options),
    expire: (id, options) => engine.expire(id, options),
    remove: (id, options) => webhooks.remove(id, options),
    stats: (options) => engine.stats(options),
    watch: (id, after, options) => engine.watch(id, after, options),
    start: () => {
      engine.start();
      webhooks.start();
    },
    close: async () => {
      await Promise.all([engine.close(), webhooks.close()]);
    },
  };
}
