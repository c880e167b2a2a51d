import type { Fields, ModelSession, ModelState, StateHandle } from "../../model-session.ts";
import { runtimeFor } from "../../runtime/runtime-for.ts";
import type { RuntimeLog } from "../../runtime/runtime-log.ts";
import { createModelSession } from "../in-process.ts";
import { FieldFiles, type PackedFields } from "./field-files.ts";
import type { CallRequest, CallResult, OpenRequest } from "./messages.ts";
import { putStatics } from "./statics.ts";
import { warmUp } from "./warm-up.ts";

/** A model in its own process. */
export interface OpenedModel {
  readonly session: ModelSession;
  call(request: CallRequest, signal: AbortSignal): Promise<CallResult>;
  /** Of a result that was read. */
  free(fields: PackedFields): Promise<void>;
}

export async function openModel(request: OpenRequest, log: RuntimeLog): Promise<OpenedModel> {
  const files = new FieldFiles(request.folders, "c");
  const [statics = new Map<string, Float32Array>()] = await files.read(request.statics);
  await files.remove(request.statics);
  const model = putStatics(request.model, statics);
  const { providers, threads, oip, batchLimit, runTimeoutMs } = request;
  const session = await createModelSession({
    model,
    // results are written to files before anything else happens here; a request to a server may outlive its answer
    isLending: model.runtime.name === "onnx",
    runtime: runtimeFor(model.runtime, {
      providers,
      log,
      ...(threads === undefined ? {} : { threads }),
      // a server has as long as a graph would have here
      oip: { ...(runTimeoutMs === undefined ? {} : { timeoutMs: runTimeoutMs }), ...oip },
    }),
    ...(batchLimit === undefined ? {} : { batchLimit }),
    ...(runTimeoutMs === undefined ? {} : { stepTimeoutMs: runTimeoutMs }),
  });
  await warmUp(model, session, request.isWarmedUp);
  return {
    session,
    call: (call, signal) => answer(call, { session, files, signal }),
    free: (fields) => files.free(fields),
  };
}

interface AnswerContext {
  readonly session: ModelSession;
  readonly files: FieldFiles;
  readonly signal: AbortSignal;
}

async function answer(request: CallRequest, context: AnswerContext): Promise<CallResult> {
  const { session, files, signal } = context;
  switch (request.call) {
    case "begin": {
      const { run, n, isDiagnosed } = request;
      const state: ModelState = { n, entries: await files.read(request.entries) };
      await files.remove(request.entries);
      const begun = await session.begin(run, state, { signal, diagnose: isDiagnosed });
      return packed(context, [begun.state], [begun.fields]);
    }
    case "step": {
      const results = await session.step(request.requests, { signal });
      const fields = await Promise.all(results.map((result) => result.fields)); // they are there
      return packed(
        context,
        results.map(({ state }) => state),
        fields,
      );
    }
    case "read": {
      const { n, entries } = await session.read(request.state, { signal });
      return { states: [], n, fields: files.writeNow(entries) };
    }
    default:
      return request satisfies never;
  }
}

/** States whose fields cannot be handed over are not kept: nobody would know of them. */
function packed(
  { session, files }: AnswerContext,
  states: readonly StateHandle[],
  fields: readonly Fields[],
): CallResult {
  try {
    return { states, n: 0, fields: files.writeNow(fields) };
  } catch (error) {
    for (const state of states) session.release(state);
    throw error;
  }
}
