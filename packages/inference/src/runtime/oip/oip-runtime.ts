import { type CallOptions, GatewayError, isGatewayError } from "@zarr-gateway/primitives";
import type { NetworkPlan } from "../../model-package.ts";
import type { Network, Runtime, Tensor } from "../../network.ts";
import { answerLimit } from "./answer-limit.ts";
import { parseInferAnswer } from "./infer-answer.ts";
import { inferRequest, type TensorEncoding } from "./infer-request.ts";
import { isRecord, type OipModelMetadata, parseModelMetadata } from "./model-metadata.ts";
import { OipClient, type OipClientOptions } from "./oip-client.ts";
import { lengthHeader, type OipAnswer } from "./oip-requests.ts";

export interface OipRuntimeOptions extends OipClientOptions {
  /** The longest answer that is taken, whatever the model says of its outputs; 2 GiB where absent. */
  readonly maxAnswerBytes?: number;
}

export interface OipHealth {
  readonly isLive: boolean;
  readonly isReady: boolean;
}

export interface OipRuntime extends Runtime {
  /** What the server says of itself; false where it does not answer. */
  health(options?: CallOptions): Promise<OipHealth>;
}

const MAX_METADATA_BYTES = 4 * 1024 * 1024;
const BINARY_EXTENSIONS = new Set(["binary_tensor_data", "binary_data"]);

/**
 * Models of a server that speaks the Open Inference Protocol v2 over HTTP: Triton, KServe, and others. Tensors travel
 * binary where the server can, in JSON where it cannot.
 * @see https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol
 */
export function createOipRuntime(options: OipRuntimeOptions): OipRuntime {
  const client = new OipClient(options);
  return {
    name: "oip",
    load: (plan, call) => loadNetwork({ client, options }, plan, call),
    health: async (call) => ({
      isLive: await isFine(client, "/v2/health/live", call),
      isReady: await isFine(client, "/v2/health/ready", call),
    }),
    close: () => client.close(),
  };
}

interface Server {
  readonly client: OipClient;
  readonly options: OipRuntimeOptions;
}

async function loadNetwork(server: Server, plan: NetworkPlan, call: CallOptions = {}): Promise<Network> {
  const { model } = plan;
  if (model === undefined)
    throw new GatewayError("invalid_request", `${plan.key} names no model of the server`);
  const version = model.version === undefined ? "" : `/versions/${encodeURIComponent(model.version)}`;
  const path = `/v2/models/${encodeURIComponent(model.name)}${version}`;
  const subject = `model "${model.name}"${model.version === undefined ? "" : ` version ${model.version}`}`;
  const document = await json(server.client, { path, subject }, call);
  const metadata = parseModelMetadata(document, model.name);
  const hasBinary = await announcesBinary(server.client, call);
  return oipNetwork(server, { path, subject, metadata, hasBinary });
}

interface LoadedModel {
  readonly path: string;
  readonly subject: string;
  readonly metadata: OipModelMetadata;
  /** The server says that it knows binary tensors; others may know them all the same. */
  readonly hasBinary: boolean;
}

function oipNetwork(server: Server, model: LoadedModel): Network {
  const { inputs, outputs } = model.metadata;
  let encoding: TensorEncoding = "binary";
  let isTried = model.hasBinary;
  return {
    inputs,
    outputs,
    provider: server.client.origin,
    async run(feeds, wanted, call = {}) {
      const content = { inputs, feeds, wanted };
      try {
        const tensors = await infer(server, { model, ...content, encoding }, call);
        isTried = true;
        return tensors;
      } catch (error) {
        if (isTried || !isRefusedInput(error)) throw error;
        const tensors = await infer(server, { model, ...content, encoding: "json" }, call).catch(() => {
          throw error; // what it said of the usual way is the better reason
        });
        isTried = true;
        encoding = "json";
        return tensors;
      }
    },
    close: async () => undefined,
  };
}

interface Inference {
  readonly model: LoadedModel;
  readonly feeds: ReadonlyMap<string, Tensor>;
  readonly wanted: readonly string[];
  readonly encoding: TensorEncoding;
}

async function infer(
  { client, options }: Server,
  { model, feeds, wanted, encoding }: Inference,
  call: CallOptions,
): Promise<ReadonlyMap<string, Tensor>> {
  const { inputs, outputs } = model.metadata;
  const { path, subject } = model;
  const request = named(subject, () => inferRequest({ inputs, feeds, wanted }, encoding));
  const limit = answerLimit(outputs, feeds);
  const { maxAnswerBytes = 2 ** 31 } = options;
  const answer = await client.ask(
    {
      ...request,
      method: "POST",
      path: `${path}/infer`,
      subject,
      maxBytes: (headers) =>
        Math.min(
          maxAnswerBytes,
          "inference-header-content-length" in headers ? limit.binaryBytes : limit.jsonBytes,
        ),
    },
    call,
  );
  return named(subject, () =>
    parseInferAnswer({ body: answer.body, headerLength: headerLength(answer) }, { outputs, wanted }),
  );
}

function headerLength({ headers }: OipAnswer): number | undefined {
  const name = "inference-header-content-length";
  if (!(name in headers)) return undefined;
  const length = lengthHeader(headers, name);
  if (length !== undefined) return length;
  throw new GatewayError("model_output_invalid", "Inference-Header-Content-Length is no number of bytes");
}

/** Adds to a failure whose it is. */
function named<Value>(subject: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    if (!isGatewayError(error)) throw error;
    throw new GatewayError(error.code, `${subject}: ${error.message}`, error.details, error.cause);
  }
}

/** The server understood the request and does not want it: what one that knows no binary tensors says. */
function isRefusedInput(error: unknown): boolean {
  const status = isGatewayError(error) ? Number(error.details["status"]) : 0;
  return status === 400 || status === 415 || status === 422 || status === 500;
}

async function announcesBinary(client: OipClient, call: CallOptions): Promise<boolean> {
  try {
    const document = await json(client, { path: "/v2", subject: "the server" }, call);
    const extensions = isRecord(document) ? document["extensions"] : undefined;
    return Array.isArray(extensions) && extensions.some((name) => BINARY_EXTENSIONS.has(String(name)));
  } catch (error) {
    if (isGatewayError(error) && "status" in error.details) return false; // it has no such page
    throw error;
  }
}

async function json(
  client: OipClient,
  { path, subject }: { readonly path: string; readonly subject: string },
  call: CallOptions,
): Promise<unknown> {
  const { body } = await client.ask(
    { method: "GET", path, subject, maxBytes: () => MAX_METADATA_BYTES },
    call,
  );
  try {
    return JSON.parse(Buffer.from(body).toString("utf8"));
  } catch (error) {
    throw new GatewayError("model_failed", `${subject}: its metadata is not JSON`, {}, error);
  }
}

async function isFine(client: OipClient, path: string, call: CallOptions = {}): Promise<boolean> {
  try {
    await client.ask(
      { method: "GET", path, subject: "the server", maxBytes: () => MAX_METADATA_BYTES },
      call,
    );
    return true;
  } catch (error) {
    if (call.signal?.aborted) throw error;
    return false;
  }
}
