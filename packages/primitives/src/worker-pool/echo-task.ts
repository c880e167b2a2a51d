import { getPriority } from "node:os";
import { GatewayError } from "../errors.ts";

/** Tasks for the tests of the pool. */
export function double(input: number): number {
  return 2 * input;
}
export function refuse(): never {
  throw new GatewayError("unsupported", "no such codec", { codec: "x" });
}
export function spin(): never {
  for (;;);
}
export function moved(): { value: Uint8Array; transfer: ArrayBuffer[] } {
  const value = new Uint8Array([1, 2, 3]);
  return { value, transfer: [value.buffer] };
}
export function exhaust(): number {
  const kept: number[][] = [];
  for (;;) kept.push(new Array<number>(100_000).fill(Math.random()));
}
/** Niceness of the thread it runs on. */
export function niceness(): number {
  return getPriority(0);
}
