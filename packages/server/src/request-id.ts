import { randomBytes } from "node:crypto";

const SANE = /^[A-Za-z0-9._:-]{1,128}$/;

/** Ids that differ between processes and count up within one; a client's own id is kept when it is harmless. */
export function createRequestIds(): (given: string | null) => string {
  const process = randomBytes(5).toString("hex");
  let count = 0;
  return (given) => {
    if (given !== null && SANE.test(given)) return given;
    count += 1;
    return `${process}-${count.toString(36)}`;
  };
}
