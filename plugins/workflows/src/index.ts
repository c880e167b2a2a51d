import { realpath } from "node:fs/promises";
import { JobsService, type Json, ResultPublishingService } from "@zarr-gateway/jobs";
import {
  definePlugin,
  ForecastModelsService,
  NoisyForecastsService,
  PictureDrawingService,
  provide,
  WorkflowsService,
} from "@zarr-gateway/plugin";
import { discoverWorkflows } from "./catalog/discover.ts";
import { Examiner } from "./catalog/examiner.ts";
import { exposureOf } from "./catalog/exposure.ts";
import { WorkflowCatalog } from "./catalog/workflow-catalog.ts";
import { ChildPool } from "./execution/child-pool.ts";
import { Scratch } from "./execution/child-program.ts";
import { DatasetServer } from "./execution/dataset-server.ts";
import { readableFolders } from "./execution/readable-folders.ts";
import { type RunStepParts, runStep } from "./execution/run-step.ts";
import { type Publishing, workflowJob } from "./execution/workflow-job.ts";
import { workflowsOptions } from "./options.ts";

export { workflowsOptions } from "./options.ts";

/** Without a word from a process that is busy: longer than any step of a model should hold its loop. */
const SILENT_MS = 10 * 60_000;
/** Models of gigabytes take their time to load. */
const SETUP_MS = 15 * 60_000;

const MANIFEST_ALONE: Publishing = {
  steps: () => [{ step: "results.manifest", phase: "publishing" }],
  assertRoom: () => Promise.resolve(),
};

/** Workflows as jobs: those that are shipped, and those of users. */
export default definePlugin({
  name: "workflows",
  version: "0.1.0",
  prefix: "",
  options: workflowsOptions.prefault({}),
  requires: [JobsService],
  wants: [ResultPublishingService, NoisyForecastsService, PictureDrawingService, ForecastModelsService],
  provides: [WorkflowsService],
  async setup(host, options) {
    const { engine, folders } = host.use(JobsService);
    await Scratch.removeStale();
    const publishing = host.find(ResultPublishingService) ?? MANIFEST_ALONE;
    const catalogs = {
      datasets: host.datasets,
      forecasts: host.find(NoisyForecastsService),
      drawing: host.find(PictureDrawingService),
      models: host.find(ForecastModelsService),
    };
    const server = new DatasetServer(catalogs);
    const { moduleHooks, allow, writable, memory, workers, timeLimit, python } = options;
    const readable = await readableFolders(options);
    const pool = new ChildPool({
      datasets: server,
      program: {
        allow,
        readable,
        writable,
        memoryBytes: memory,
        ...(moduleHooks !== undefined && { moduleHooks }),
      },
      ...(python !== undefined && {
        python: { interpreter: python, results: folders.root, fileBytes: options.maxResultBytes },
      }),
      maxIdle: Math.max(1, workers),
      hidden: [
        ...options.directories.map((path) => ({ path, shown: "" })),
        { path: folders.root, shown: "results" },
        // where a link leads that stands for it, which Python's resolve() tells
        { path: await realpath(folders.root).catch(() => folders.root), shown: "results" },
      ],
      log: (fields, message) => host.log.info(fields, message),
    });
    const examiner = new Examiner(pool, "javascript");
    const pythonExaminer = python === undefined ? undefined : new Examiner(pool, "python");
    const catalog = new WorkflowCatalog(exposureOf(options.expose));
    const close = async (): Promise<void> => {
      examiner.close();
      pythonExaminer?.close();
      await pool.close();
      await server.close();
    };
    try {
      const known = await discoverWorkflows({
        directories: options.directories,
        shipped: {
          catalogs,
          configs: options.configurations as Readonly<Record<string, Json>>, // of a YAML file
          forecasts: options.forecasts,
          timeoutMs: timeLimit,
        },
        catalog,
        examinerOf: (language) => (language === "javascript" ? examiner : pythonExaminer),
        log: host.log,
      });
      const parts: RunStepParts = {
        ...{ pool, folders, gatewayVersion: options.gatewayVersion, setupTimeoutMs: SETUP_MS },
        limits: { memoryBytes: memory, resultBytes: options.maxResultBytes, silentMs: SILENT_MS },
        format: options.outputFormat,
        layout: { compressor: options.compressor, shard: options.shard },
        onState: (name, state) => catalog.noteState(name, state),
      };
      for (const workflow of known) {
        engine.defineStep(runStep(workflow, parts));
        engine.defineJob(workflowJob(workflow, publishing));
      }
    } catch (error) {
      await close();
      throw error;
    }
    return { services: [provide(WorkflowsService, catalog)], close };
  },
});
