import { boundedBody } from "@zarr-gateway/http";
import type { Context } from "hono";
import { PythonJsonError, parsePythonJson } from "./python-json.ts";
import { type Refusal, sentence } from "./refusal.ts";

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
  const bytes = await boundedBody(c.req.raw, MAX_BODY_BYTES);
  if (bytes === undefined) return { refusal: tooLarge() };
  if (bytes.length === 0) return refused(missing());
  const text = textOf(bytes);
  if (text === undefined) return { refusal: sentence(400, "There was an error parsing the body") };
  if (!isJson(c.req.header("content-type"))) return refused(notAnObject(text));
  let body: unknown;
  try {
    body = parsed(text);
  } catch (error) {
    if (error instanceof PythonJsonError) return refused(invalidJson(error));
    throw error;
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

/** Without a byte order mark. Undefined: no UTF-8, of which nothing may be guessed. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** As Python reads it, which takes NaN for a number; nearly all texts are read by the faster reader. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return parsePythonJson(text);
  }
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

function invalidJson({ message, position }: PythonJsonError): Mistake {
  const ctx = { error: message };
  return { type: "json_invalid", loc: ["body", position], msg: "JSON decode error", input: {}, ctx };
}

function refused(...detail: readonly Mistake[]): Envelope {
  const details = detail.map(mistakeText).join("; ");
  return { refusal: { status: 422, detail, error: "The request is not what was expected", details } };
}

function mistakeText({ loc, msg, ctx }: Mistake): string {
  const reason = ctx?.["error"];
  return [loc.join("."), msg, ...(typeof reason === "string" ? [reason] : [])].join(": ");
}

function tooLarge(): Refusal {
  const text = `at most ${MAX_BODY_BYTES} bytes of parameters are read`;
  return { status: 413, detail: text, error: text };
}
