import { isMarkedAsUntransferable } from "node:worker_threads";
import type { Transferred } from "@zarr-gateway/primitives";
import type { Chunk } from "./chunk-source.ts";
import type { Values } from "./values.ts";
import { type BinaryValues, bytesOfValues, isStringValues } from "./values-of.ts";

/**
 * Values that own their buffer, so that it can move to another thread: themselves where they fill it, else a copy.
 * Cloning a view would clone all that lies around it.
 */
export function movableValues(values: Values): Transferred<Values> {
  if (isStringValues(values)) return { value: values, transfer: [] };
  return ownsBuffer(values) ? moved(values) : copied(values);
}

/**
 * What can be posted to another thread while its owner goes on using it. Whole buffers are cloned when the message is
 * posted, so that calls in a queue hold no copies; out of a larger buffer only the part is taken, now.
 */
export function postableValues(values: Values): Transferred<Values> {
  return isStringValues(values) || fillsBuffer(bytesOfValues(values))
    ? { value: values, transfer: [] }
    : copied(values);
}

/** A chunk for another thread: it moves there where nobody else holds it, and has no values here any more. */
export function postableChunk(chunk: Chunk): Transferred<Chunk> {
  const { shape, values, isExclusive = false } = chunk;
  const posted = isExclusive ? movableValues(values) : postableValues(values);
  return { value: { shape, values: posted.value }, transfer: posted.transfer };
}

export function postableBytes(bytes: Uint8Array): Transferred<Uint8Array> {
  return fillsBuffer(bytes) ? { value: bytes, transfer: [] } : copied(bytes);
}

export function movableBytes(bytes: Uint8Array): Transferred<Uint8Array> {
  return ownsBuffer(bytes) ? moved(bytes) : copied(bytes);
}

/** The bytes without a much larger buffer around them, which a cache would keep alive uncounted. */
export function trimmedBytes(bytes: Uint8Array): Uint8Array {
  return fillsBuffer(bytes) ? bytes : new Uint8Array(bytes);
}

/**
 * Frees the memory under values, or bytes, that nobody else looks at: they have none any more. For threads that go through
 * much more than they hold.
 */
export function released(values: Values): void {
  if (isStringValues(values) || !ownsBuffer(values)) return;
  if (values.buffer instanceof ArrayBuffer) values.buffer.transfer(0);
}

function copied<View extends BinaryValues>(view: View): Transferred<View> {
  const copy = view instanceof Uint8Array ? new Uint8Array(view) : view.slice(); // `slice` of a Buffer is a view
  return moved(copy as View); // the type it was copied from
}

function moved<View extends BinaryValues>(view: View): Transferred<View> {
  return { value: view, transfer: [view.buffer as ArrayBuffer] }; // never shared: made here or checked by ownsBuffer
}

/** Node's pool and memory that belongs to native code (LZ4's output) cannot move. */
function ownsBuffer(view: BinaryValues): boolean {
  const { buffer } = view;
  return (
    buffer instanceof ArrayBuffer && !isMarkedAsUntransferable(buffer) && fillsBuffer(bytesOfValues(view))
  );
}

function fillsBuffer(bytes: Uint8Array): boolean {
  return bytes.buffer.byteLength - bytes.byteLength <= bytes.byteLength / 8;
}
