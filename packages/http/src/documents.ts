import { createHash } from "node:crypto";
import type { Resource } from "./resource.ts";

export interface DocumentOptions {
  /** Strong validator without quotes; without one the content is hashed. */
  readonly etag?: string;
  readonly cacheControl?: string;
  readonly contentType?: string;
}

/** What a document is made of; a function is called only when the answer needs the text. */
export type Lazy<Value> = Value | (() => Value);

/** A small JSON answer. A string is taken as JSON text, anything else is written compactly. */
export function jsonResource(content: Lazy<unknown>, options: DocumentOptions = {}): Resource {
  return document("application/json", options, () => {
    const value: unknown = typeof content === "function" ? (content as () => unknown)() : content; // functions have no JSON form, so it is a lazy value
    return typeof value === "string" ? value : JSON.stringify(value);
  });
}

export function htmlResource(content: Lazy<string>, options: DocumentOptions = {}): Resource {
  return textResource(content, { contentType: "text/html; charset=utf-8", ...options });
}

/** Any text: YAML, CSV, style sheets; plain text unless told otherwise. */
export function textResource(content: Lazy<string>, options: DocumentOptions = {}): Resource {
  return document("text/plain; charset=utf-8", options, () =>
    typeof content === "function" ? content() : content,
  );
}

/** A text that is encoded already. */
export function encodedResource(bytes: Uint8Array, options: DocumentOptions = {}): Resource {
  return document("text/plain; charset=utf-8", options, () => bytes);
}

function document(
  defaultType: string,
  options: DocumentOptions,
  content: () => string | Uint8Array,
): Resource {
  let bytes: Uint8Array | undefined;
  let tag = options.etag;
  const body = (): Uint8Array => {
    if (bytes === undefined) {
      const made = content();
      bytes = typeof made === "string" ? Buffer.from(made) : made;
    }
    return bytes;
  };
  const etag = (): string => {
    tag ??= contentTag(body());
    return tag;
  };
  return {
    contentType: options.contentType ?? defaultType,
    cacheControl: options.cacheControl ?? "no-cache",
    compressible: true,
    // what must not be stored has no use for a validator
    stat: () => ({
      ...(options.cacheControl === "no-store" ? {} : { etag: etag() }),
      get size() {
        return body().length;
      },
    }),
    read: (range) =>
      range === undefined ? body() : body().subarray(range.offset, range.offset + range.length),
  };
}

function contentTag(bytes: Uint8Array): string {
  return createHash("sha1").update(bytes).digest("base64url");
}
