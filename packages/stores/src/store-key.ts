import { GatewayError } from "@zarr-gateway/primitives";
import type { ByteRange } from "./byte-store.ts";

/** Longest key a store takes; file systems and object stores end at or below it. */
const MAX_KEY_LENGTH = 4096;

/** @throws GatewayError invalid_request when the key could leave the store's root or is not in its only spelling */
export function assertStoreKey(key: string): void {
  if (!isStoreKey(key)) {
    throw new GatewayError(
      "invalid_request",
      `a store key has "/"-separated parts, none of them empty, "." or "..": ${JSON.stringify(key.slice(0, 200))}`,
    );
  }
}

export function isStoreKey(key: string): boolean {
  // control characters, among them NUL, and backslashes mean something else to some file system or server
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (key.length === 0 || key.length > MAX_KEY_LENGTH || /[\u0000-\u001f\\]/.test(key)) return false;
  return key.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

/** The folder that `list` was asked for, "" for the root; a "/" at the end is accepted. */
export function listedFolder(prefix: string): string {
  const folder = prefix.endsWith("/") ? prefix.slice(0, -1) : prefix;
  if (folder !== "") assertStoreKey(folder);
  return folder;
}

/** The part of `size` bytes that a range means: shortened at the end, empty past it. */
export function resolveRange(range: ByteRange | undefined, size: number): { offset: number; length: number } {
  if (!range) return { offset: 0, length: size };
  const numbers = "suffix" in range ? [range.suffix] : [range.offset, range.length];
  if (!numbers.every((value) => Number.isSafeInteger(value) && value >= 0)) {
    throw new GatewayError(
      "invalid_request",
      `a byte range has whole numbers from 0: ${JSON.stringify(range)}`,
    );
  }
  if ("suffix" in range) {
    const length = Math.min(range.suffix, size);
    return { offset: size - length, length };
  }
  const offset = Math.min(range.offset, size);
  return { offset, length: Math.min(range.length, size - offset) };
}
