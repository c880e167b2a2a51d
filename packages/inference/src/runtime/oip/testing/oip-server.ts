import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { InferenceSession, type Tensor } from "onnxruntime-node";
import type { TensorType } from "../../../network.ts";
import { bytesPerElement, datatypeOf, typeOfDatatype } from "../datatypes.ts";

/** What goes wrong with one request. */
export type OipFault =
  | {
      readonly kind: "status";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The connection breaks before any answer. */
  | { readonly kind: "reset" }
  /** Nothing comes for this long. */
  | { readonly kind: "slow"; readonly ms: number }
  /** Half of the bytes that were announced, then the end. */
  | { readonly kind: "truncated" }
  /** The length of the JSON object is another one. */
  | { readonly kind: "header-length"; readonly text: string }
  /** The answer's JSON object is changed. */
  | { readonly kind: "changed"; readonly change: (document: InferDocument) => unknown }
  /** Bytes behind the last tensor. */
  | { readonly kind: "longer"; readonly bytes: number };

export interface InferDocument {
  outputs: {
    name: string;
    shape: number[];
    datatype: string;
    parameters?: Record<string, unknown>;
    data?: unknown;
  }[];
}

export interface OipServerOptions {
  /** Graphs by the model's name. */
  readonly models: Readonly<Record<string, Uint8Array>>;
  /** Without the binary tensor data extension: refuses such requests, answers numbers in JSON. */
  readonly isJsonOnly?: boolean;
  /** JSON arrays are nested as the shape is. */
  readonly isNested?: boolean;
  /** Answers without Content-Length. */
  readonly isChunked?: boolean;
  /** Outputs come last first. */
  readonly isReversed?: boolean;
  /** Closes every connection after so long without a request. */
  readonly keepAliveMs?: number;
}

export interface OipServer {
  readonly url: string;
  /** Asked for each request. */
  fault: (request: IncomingMessage) => OipFault | undefined;
  /** `POST /v2/models/m/infer` */
  readonly requests: string[];
  readonly connections: number;
  close(): Promise<void>;
}

interface Model {
  readonly session: InferenceSession;
}

/** A small inference server that runs graphs by onnxruntime and speaks as Triton does over HTTP. */
export async function oipServer(options: OipServerOptions): Promise<OipServer> {
  const models = new Map<string, Model>();
  for (const [name, bytes] of Object.entries(options.models)) {
    models.set(name, { session: await InferenceSession.create(bytes, { logSeverityLevel: 4 }) });
  }
  const state = { connections: 0 };
  const server = createServer((request, response) => {
    self.requests.push(`${request.method} ${request.url}`);
    answer({ models, options, fault: self.fault(request) }, request, response).catch((error: unknown) => {
      sendJson(response, 500, { error: String(error) });
    });
  });
  server.keepAliveTimeout = options.keepAliveMs ?? 5000;
  server.on("connection", () => {
    state.connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const self: OipServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on a port
    fault: () => undefined,
    requests: [],
    get connections() {
      return state.connections;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await Promise.all([...models.values()].map(({ session }) => session.release()));
    },
  };
  return self;
}

interface Asked {
  readonly models: ReadonlyMap<string, Model>;
  readonly options: OipServerOptions;
  readonly fault: OipFault | undefined;
}

async function answer(asked: Asked, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { models, options, fault } = asked;
  if (fault?.kind === "reset") return void request.socket.destroy();
  const body = await bodyOf(request);
  if (fault?.kind === "slow") await new Promise((resolve) => setTimeout(resolve, fault.ms));
  if (fault?.kind === "status") {
    response.writeHead(fault.status, fault.headers).end(fault.body ?? `{"error":"asked to fail"}`);
    return;
  }
  const path = new URL(request.url ?? "/", "http://host").pathname;
  if (path === "/v2/health/live" || path === "/v2/health/ready") return void response.writeHead(200).end();
  if (path === "/v2") {
    const extensions = options.isJsonOnly ? [] : ["binary_tensor_data"];
    return sendJson(response, 200, { name: "test", version: "1", extensions });
  }
  const [, name = "", rest] = /^\/v2\/models\/([^/]+)(?:\/versions\/1)?(\/infer)?$/.exec(path) ?? [];
  const model = models.get(decodeURIComponent(name));
  if (!model) return sendJson(response, 404, { error: `Request for unknown model: '${name}' is not found` });
  if (rest === undefined) return sendJson(response, 200, describe(name, model.session));
  try {
    await infer({ ...asked, model, body }, request, response);
  } catch (error) {
    sendJson(response, 400, { error: error instanceof Error ? error.message : String(error) });
  }
}

function describe(name: string, { inputMetadata, outputMetadata }: InferenceSession): unknown {
  const described = (list: readonly InferenceSession.ValueMetadata[]): unknown[] =>
    list.map((value) => {
      if (!value.isTensor) throw new Error(`${value.name} is no tensor`);
      const shape = value.shape.map((length) => (typeof length === "string" ? -1 : length));
      return { name: value.name, datatype: datatypeOf(value.type as TensorType), shape };
    });
  return {
    name,
    versions: ["1"],
    platform: "onnx",
    inputs: described(inputMetadata),
    outputs: described(outputMetadata),
  };
}

interface InferRequestDocument {
  readonly inputs: {
    readonly name: string;
    readonly shape: number[];
    readonly datatype: string;
    readonly parameters?: { readonly binary_data_size?: number };
    readonly data?: readonly unknown[];
  }[];
  readonly outputs?: { readonly name: string; readonly parameters?: { readonly binary_data?: boolean } }[];
}

async function infer(
  { model, body, options, fault }: Asked & { readonly model: Model; readonly body: Buffer },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const header = request.headers["inference-header-content-length"];
  if (header !== undefined && options.isJsonOnly) throw new Error("Failed to parse JSON: invalid bytes");
  const headerLength = header === undefined ? body.length : Number(header);
  const asked = JSON.parse(body.subarray(0, headerLength).toString("utf8")) as InferRequestDocument; // of a test
  const results = await model.session.run(feedsOf(asked, body.subarray(headerLength)));
  const wanted = asked.outputs ?? model.session.outputNames.map((name) => ({ name }));
  const pieces: Buffer[] = [];
  const outputs = (options.isReversed ? wanted.toReversed() : wanted).map(({ name, ...output }) => {
    const result = results[name];
    if (!result) throw new Error(`unexpected inference output '${name}'`);
    const described = { name, datatype: datatypeOf(result.type as TensorType), shape: [...result.dims] };
    const isBinary = !options.isJsonOnly && "parameters" in output && output.parameters?.binary_data === true;
    if (!isBinary) return { ...described, data: jsonData(result, options.isNested === true) };
    const bytes = bytesOfTensor(result);
    pieces.push(bytes);
    return { ...described, parameters: { binary_data_size: bytes.length } };
  });
  send(response, { document: { outputs }, pieces, fault, isChunked: options.isChunked === true });
}

function feedsOf({ inputs }: InferRequestDocument, data: Buffer): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  let offset = 0;
  for (const { name, shape, datatype, parameters, data: numbers } of inputs) {
    const type = typeOfDatatype(datatype);
    if (!type) throw new Error(`unknown datatype ${datatype}`);
    const count = shape.reduce((product, length) => product * length, 1);
    const size = parameters?.binary_data_size;
    if (size !== undefined && size !== count * bytesPerElement(type)) {
      throw new Error(
        `unexpected total byte size ${size} for input '${name}', expecting ${count * bytesPerElement(type)}`,
      );
    }
    const bytes =
      size === undefined ? bytesOfNumbers(numbers ?? [], type) : data.subarray(offset, offset + size);
    offset += size ?? 0;
    feeds[name] = tensorOf(type, new Uint8Array(bytes).buffer, shape);
  }
  if (offset !== data.length) throw new Error("unexpected additional input data");
  return feeds;
}

const ARRAYS = {
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

function tensorOf(type: TensorType, buffer: ArrayBuffer, dims: readonly number[]): Tensor {
  const tensor = { type, dims, data: new ARRAYS[type](buffer), location: "cpu" };
  return tensor as unknown as Tensor; // what the native part reads; the class itself refuses the bits of float16
}

function bytesOfNumbers(numbers: readonly unknown[], type: TensorType): Uint8Array {
  const flat = numbers.flat(Number.POSITIVE_INFINITY).map(Number);
  const values =
    type === "int64"
      ? BigInt64Array.from(flat, (value) => BigInt(value))
      : type === "float16"
        ? Float16Array.from(flat)
        : new ARRAYS[type](flat);
  return new Uint8Array(values.buffer);
}

function bytesOfTensor({ data }: Tensor): Buffer {
  if (Array.isArray(data)) throw new Error("no numbers");
  const { buffer, byteOffset, byteLength } = data as Float32Array; // of a type with numbers, all are views
  return Buffer.from(buffer, byteOffset, byteLength);
}

function jsonData({ data, type, dims }: Tensor, isNested: boolean): unknown {
  if (type === "float16") throw new Error("sending FP16 data via JSON is not supported"); // as Triton says
  const numbers = Array.from(data as ArrayLike<number | bigint>, (value) =>
    type === "bool" ? value !== 0 : Number(value),
  );
  return isNested ? nested(numbers, dims) : numbers;
}

function nested(values: readonly unknown[], [length = 0, ...rest]: readonly number[]): unknown {
  if (rest.length === 0) return values;
  const stride = values.length / length;
  return Array.from({ length }, (_, row) => nested(values.slice(row * stride, (row + 1) * stride), rest));
}

interface Sent {
  readonly document: InferDocument;
  readonly pieces: readonly Buffer[];
  readonly fault: OipFault | undefined;
  readonly isChunked: boolean;
}

function send(response: ServerResponse, { document, pieces, fault, isChunked }: Sent): void {
  const json = Buffer.from(JSON.stringify(fault?.kind === "changed" ? fault.change(document) : document));
  const extra = fault?.kind === "longer" ? Buffer.alloc(fault.bytes) : Buffer.alloc(0);
  const body = Buffer.concat([json, ...pieces, extra]);
  const isBinary = pieces.length > 0;
  response.setHeader("content-type", isBinary ? "application/octet-stream" : "application/json");
  const length = fault?.kind === "header-length" ? fault.text : String(json.length);
  if (isBinary) response.setHeader("inference-header-content-length", length);
  if (!isChunked) response.setHeader("content-length", body.length);
  if (fault?.kind !== "truncated") return void response.end(body);
  response.write(body.subarray(0, body.length >> 1), () => response.destroy());
}

function sendJson(response: ServerResponse, status: number, document: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(document));
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer); // no encoding is set
  return Buffer.concat(pieces);
}
