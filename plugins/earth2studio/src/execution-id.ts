import { randomBytes } from "node:crypto";

/** `exec_<seconds since 1970>_<8 hexadecimal digits>`, as scripts expect it. */
export function createExecutionId(now: number): string {
  return `exec_${Math.floor(now / 1000)}_${randomBytes(4).toString("hex")}`;
}
