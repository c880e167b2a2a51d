import {
  byteOrderUnit,
  bytesOfValues,
  bytesPerElement,
  elementCount,
  isStringValues,
  type Values,
  valuesOverBytes,
} from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import type { ArrayLayout, ArrayToBytesCodec, CodecConfiguration } from "../codec.ts";
import { readConfiguration } from "../configuration.ts";

/**
 * Elements side by side. `endian` may be absent where elements are bytes.
 * @see Zarr v3 §bytes codec
 */
export function createCodec(configuration: CodecConfiguration, layout: ArrayLayout): ArrayToBytesCodec {
  const { dtype } = layout;
  const size = bytesPerElement(dtype);
  if (dtype === "string" || size === undefined) {
    throw new GatewayError("upstream", "codec bytes cannot hold strings of any length");
  }
  const reader = readConfiguration("bytes", configuration);
  const endian = reader.string("endian", "little");
  if (endian !== "little" && endian !== "big") reader.fail("endian", '"little" or "big"');
  const unit = byteOrderUnit(dtype);
  const inMachineOrder = (bytes: Uint8Array): Uint8Array =>
    endian === "big" && unit > 1 ? swappedBytes(bytes, unit) : bytes;
  const encodedSize = size * elementCount(layout.shape);
  return {
    kind: "array-to-bytes",
    encodedSize,
    encode(values: Values) {
      if (isStringValues(values)) throw new GatewayError("internal", "strings were given to the codec bytes");
      return inMachineOrder(bytesOfValues(values));
    },
    decode(bytes) {
      if (bytes.byteLength !== encodedSize) {
        throw new GatewayError(
          "upstream",
          `the chunk has ${bytes.byteLength} bytes, ${encodedSize} were expected`,
        );
      }
      return valuesOverBytes(dtype, dtype === "bool" ? booleanBytes(bytes) : inMachineOrder(bytes));
    },
  };
}

/** A copy with the bytes of each unit reversed; the input may be shared and stays as it is. */
function swappedBytes(bytes: Uint8Array, unit: number): Uint8Array {
  const copy = Buffer.from(new Uint8Array(bytes).buffer);
  if (unit === 2) return copy.swap16();
  return unit === 4 ? copy.swap32() : copy.swap64();
}

/** numpy reads any byte but 0 as true. */
function booleanBytes(bytes: Uint8Array): Uint8Array {
  return bytes.some((value) => value > 1) ? bytes.map((value) => (value === 0 ? 0 : 1)) : bytes;
}
