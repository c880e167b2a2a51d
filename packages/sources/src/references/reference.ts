import type { CallOptions } from "@zarr-gateway/primitives";
import { GatewayError } from "@zarr-gateway/primitives";
import type { JsonObject } from "../zarr/read-document.ts";

/** Where the bytes of one key are: in the set itself, or in a file of others. */
export type Reference =
  | { readonly kind: "inline"; readonly bytes: Uint8Array }
  | {
      readonly kind: "target";
      /** As the set spells it: a path, a relative path, or an address. */
      readonly target: string;
      /** The whole file where absent. */
      readonly range?: { readonly offset: number; readonly length: number };
    };

/** A reference set of any form: the metadata of a Zarr store, and where its chunks are. */
export interface ReferenceSet {
  /** All metadata documents by their Zarr key, in stored order. */
  readonly documents: ReadonlyMap<string, JsonObject>;
  /** Same version, same references. */
  readonly version: string;
  /** undefined where the set has no such key. */
  find(key: string, options?: CallOptions): Promise<Reference | undefined>;
  /** False when the set has been written anew. */
  isCurrent?(options?: CallOptions): Promise<boolean>;
  close?(): Promise<void>;
}

const BASE64 = "base64:";

/** The bytes of what stands in the set itself: base64 where it says so, text otherwise. */
export function inlineReference(content: string | Uint8Array): Reference {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, BASE64.length));
  if (start.toString("latin1") !== BASE64) return { kind: "inline", bytes: new Uint8Array(bytes) };
  const text = Buffer.from(bytes.subarray(BASE64.length)).toString("latin1");
  return { kind: "inline", bytes: new Uint8Array(Buffer.from(text, "base64")) };
}

/** @throws GatewayError upstream where offset and length are no place in a file */
export function targetReference(key: string, target: string, offset: number, length: number): Reference {
  const isPlace = [offset, length, offset + length].every(
    (value) => Number.isSafeInteger(value) && value >= 0,
  );
  if (isPlace) return { kind: "target", target, range: { offset, length } };
  const place = `offset ${offset}, length ${length}`;
  throw new GatewayError("upstream", `the reference "${key}" is no part of a file: ${place}`, { key });
}

export function damagedSet(problem: string, cause?: unknown): GatewayError {
  return new GatewayError("upstream", `the reference set is damaged: ${problem}`, {}, cause);
}
