import { GatewayError } from "@zarr-gateway/primitives";
import type { LogAttempt } from "../job-logs.ts";

/** Bytes of a file name of which the fence, two commas and `.log` need 30. */
const MAX_NAME = 225;

/** File name of an attempt's log: readable, and read back by `parseLogName`. Commas are not left bare by encoding. */
export function logName({ task, step, fence }: LogAttempt): string {
  const name = `${encoded(task)},${encoded(step)}`;
  if (name.length > MAX_NAME)
    throw new GatewayError(
      "invalid_request",
      `the names of task "${task}" and step "${step}" are too long for a log`,
    );
  return `${name},${fence}.log`;
}

/** Undefined for names that are no log's. */
export function parseLogName(job: string, name: string): LogAttempt | undefined {
  const [, task, step, fence] = /^([^,]+),([^,]+),(\d{1,15})\.log$/.exec(name) ?? [];
  if (task === undefined || step === undefined) return undefined;
  try {
    return { job, task: decodeURIComponent(task), step: decodeURIComponent(step), fence: Number(fence) };
  } catch {
    // Somebody else's file: its name is no encoding.
    return undefined;
  }
}

/** Dots and what file systems treat in a way of their own are encoded too; never empty. */
function encoded(name: string): string {
  const text = encodeURIComponent(name.isWellFormed() ? name : name.toWellFormed());
  return text.replace(/[.~!*'()]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`) || "%00";
}
