import { jenkinsLookup3 } from "@zarr-gateway/codecs";
import { damaged } from "./damaged.ts";

/** Behind every structure that HDF5 has introduced since version 1.8. */
export const CHECKSUM_BYTES = 4;

/**
 * Compares the checksum at a position with that of all bytes in front of it.
 * @throws GatewayError upstream when they differ
 */
export function assertChecksum(bytes: Uint8Array, position: number): void {
  const stored = bytes
    .subarray(position, position + CHECKSUM_BYTES)
    .reduceRight((sum, byte) => sum * 256 + byte, 0);
  if (jenkinsLookup3(bytes.subarray(0, position), 0) !== stored) {
    const signature = String.fromCharCode(...bytes.subarray(0, 4)).replace(/[^ -~]/g, "?");
    throw damaged(`the checksum of a structure ("${signature}") does not fit its bytes`);
  }
}
