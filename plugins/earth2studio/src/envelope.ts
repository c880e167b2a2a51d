import type { Context } from "hono";
import type { Refusal } from "./refusal.ts";

/** Parameters are a page of text at most; files travel otherwise. */
const MAX_BODY_BYTES = 1024 * 1024;

export type Parameters = Readonly<Record<string, unknown>>;
export type Envelope = { readonly parameters: Parameters } | { readonly refusal: Refusal };

/** One mistake, as FastAPI words it. */
interface Mistake {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input: unknown;
  readonly ctx?: Readonly<Record<string, unknown>>;
}

/** The body of a submission: `{"parameters": {…}}`, the parameters missing or null meaning none. */
export async function readEnvelope(c: Context, isStrict: boolean): Promise<Envelope> {
  const text = await boundedText(c.req.raw);
  if (text === undefined) return { refusal: tooLarge() };
  if (text === "") return refused(missing());
  if (!isJson(c.req.header("content-type"))) return refused(notAnObject(text));
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    return refused(invalidJson(error));
  }
  if (!isObject(body)) return refused(notAnObject(body));
  return parametersOf(body, isStrict);
}

function parametersOf(body: Parameters, isStrict: boolean): Envelope {
  const { parameters, ...others } = body;
  const mistakes = Object.entries(others).map(([name, input]): Mistake => {
    return { type: "extra_forbidden", loc: ["body", name], msg: "Extra inputs are not permitted", input };
  });
  const isLeftOut = parameters === undefined || (parameters === null && !isStrict);
  if (!isLeftOut && !isObject(parameters)) {
    const msg = "Input should be a valid dictionary";
    mistakes.unshift({ type: "dict_type", loc: ["body", "parameters"], msg, input: parameters });
  }
  if (mistakes.length > 0) return refused(...mistakes);
  return { parameters: isObject(parameters) ? parameters : {} };
}

/** At most so many bytes are read; undefined: there are more. */
async function boundedText(request: Request): Promise<string | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) return undefined;
  if (request.body === null) return "";
  const pieces: Uint8Array[] = [];
  let length = 0;
  // A request's body is made of bytes, which the type of the stream does not say.
  for await (const piece of request.body as ReadableStream<Uint8Array>) {
    length += piece.length;
    if (length > MAX_BODY_BYTES) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

/** `application/json`, or a type that is built on it. */
function isJson(contentType: string | undefined): boolean {
  const type = contentType?.split(";")[0]?.trim().toLowerCase() ?? "";
  return /^application\/(?:json|[^/]+\+json)$/.test(type);
}

function isObject(value: unknown): value is Parameters {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function missing(): Mistake {
  return { type: "missing", loc: ["body"], msg: "Field required", input: null };
}

function notAnObject(input: unknown): Mistake {
  const msg = "Input should be a valid dictionary or object to extract fields from";
  return { type: "model_attributes_type", loc: ["body"], msg, input };
}

function invalidJson(error: unknown): Mistake {
  const reason = error instanceof Error ? error.message : String(error);
  const position = Number(/position (\d+)/.exec(reason)?.[1] ?? 0);
  const ctx = { error: reason };
  return { type: "json_invalid", loc: ["body", position], msg: "JSON decode error", input: {}, ctx };
}

function refused(...detail: readonly Mistake[]): Envelope {
  const details = detail.map(({ loc, msg }) => `${loc.join(".")}: ${msg}`).join("; ");
  return { refusal: { status: 422, detail, error: "The request is not what was expected", details } };
}

function tooLarge(): Refusal {
  const text = `at most ${MAX_BODY_BYTES} bytes of parameters are read`;
  return { status: 413, detail: text, error: text };
}
