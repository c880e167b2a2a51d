import { basename } from "node:path";
import { GatewayError } from "@zarr-gateway/primitives";
import type { InferenceSession } from "onnxruntime-node";
import type { NetworkPlan } from "../../model-package.ts";
import type { Network, Runtime } from "../../network.ts";
import type { RuntimeLog } from "../runtime-log.ts";
import { libraryWords } from "./library-words.ts";
import { loadOnnxLibrary, type OnnxLibrary } from "./onnx-library.ts";
import { OnnxNetwork } from "./onnx-network.ts";
import { Providers } from "./providers.ts";

export interface OnnxRuntimeOptions {
  /** Execution providers in order of preference: `cuda`, `webgpu`, `cpu`, or another one of the library. */
  readonly providers: readonly string[];
  /** For one operator at a time; absent: one for each core. */
  readonly threads?: number;
  readonly log: RuntimeLog;
}

/**
 * Graphs in the process that calls it: `run` blocks its event loop, and a crash of native code ends it. Nothing is loaded
 * before the first graph.
 */
export function createOnnxRuntime(options: OnnxRuntimeOptions): Runtime {
  const networks = new Set<Network>();
  let library: Promise<{ library: OnnxLibrary; providers: Providers }> | undefined;
  const open = async (): Promise<{ library: OnnxLibrary; providers: Providers }> => {
    const loaded = await loadOnnxLibrary();
    return { library: loaded, providers: new Providers(loaded, options.providers, options.log) };
  };
  return {
    name: "onnx",
    async load(plan, { signal } = {}) {
      signal?.throwIfAborted();
      library ??= open();
      const network = await loadGraph(plan, { ...(await library), options });
      networks.add(network);
      return network;
    },
    async close() {
      await Promise.all([...networks].map((network) => network.close()));
      networks.clear();
    },
  };
}

interface LoadContext {
  readonly library: OnnxLibrary;
  readonly providers: Providers;
  readonly options: OnnxRuntimeOptions;
}

/** A provider that works may still refuse a graph, or have no memory for it: then the next one has its turn. */
async function loadGraph(
  plan: NetworkPlan,
  { library, providers, options }: LoadContext,
): Promise<OnnxNetwork> {
  const { file } = plan;
  if (file === undefined)
    throw new GatewayError("model_failed", `${plan.key}: the runtime onnx needs a file`);
  let failure: GatewayError | undefined;
  for await (const provider of providers.working()) {
    try {
      return await openGraph(library, file, { plan, provider, options });
    } catch (error) {
      failure = graphFailure(plan, file, error);
      options.log.warn(
        { network: plan.key, file: basename(file), provider, reason: failure.message },
        `a graph does not load on ${provider}`,
      );
    }
  }
  throw failure ?? new GatewayError("model_failed", `${plan.key}: no execution provider is named`);
}

interface GraphChoice {
  readonly plan: NetworkPlan;
  readonly provider: string;
  readonly options: OnnxRuntimeOptions;
}

async function openGraph(library: OnnxLibrary, file: string, choice: GraphChoice): Promise<OnnxNetwork> {
  const { plan, provider, options } = choice;
  const session = await library.InferenceSession.create(file, sessionOptions(provider, options));
  try {
    return new OnnxNetwork(session, { plan, provider });
  } catch (error) {
    await session.release();
    throw error;
  }
}

function graphFailure(plan: NetworkPlan, file: string, error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  return new GatewayError("model_failed", `${plan.key}: ${libraryWords(error, file)}`, {}, error);
}

function sessionOptions(provider: string, { threads }: OnnxRuntimeOptions): InferenceSession.SessionOptions {
  return {
    executionProviders: [provider],
    logSeverityLevel: 4,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads, interOpNumThreads: 1 }),
    // threads that wait for the next step's work would take the cores of everyone else
    extra: { session: { force_spinning_stop: "1" } },
  };
}
