import type { DataType, FillValue, Values } from "@zarr-gateway/dataset";

/** What an array looks like at one place of a codec chain. */
export interface ArrayLayout {
  readonly dtype: DataType;
  readonly shape: readonly number[];
  /** Null where elements that were never written have no value; they are written as zero. */
  readonly fill: FillValue | null;
}

/** Rearranges or converts values. Never writes into what it is given. */
export interface ArrayToArrayCodec {
  readonly kind: "array-to-array";
  /** Layout of what `encode` returns. */
  readonly encoded: ArrayLayout;
  encode(values: Values): Values;
  decode(values: Values): Values;
}

/** Turns values into bytes. Never writes into what it is given; may return a view of it. */
export interface ArrayToBytesCodec {
  readonly kind: "array-to-bytes";
  /** Bytes of every encoded chunk, or undefined where they differ. */
  readonly encodedSize: number | undefined;
  encode(values: Values): Uint8Array;
  decode(bytes: Uint8Array): Values;
}

/** How many bytes decoding may give. A decoder must stop there, whatever its input says of itself. */
export interface SizeLimit {
  readonly maxBytes: number;
  /** True where anything but `maxBytes` bytes is damage. */
  readonly exact: boolean;
}

/** Compresses or protects bytes. Never writes into what it is given; may return a view of it. */
export interface BytesToBytesCodec {
  readonly kind: "bytes-to-bytes";
  /** Bytes that `size` bytes become, or undefined where that depends on the content. */
  encodedSize(size: number): number | undefined;
  encode(bytes: Uint8Array): Uint8Array;
  decode(bytes: Uint8Array, limit: SizeLimit): Uint8Array;
}

export type CodecKind = Codec["kind"];
export type Codec = ArrayToArrayCodec | ArrayToBytesCodec | BytesToBytesCodec;

/** The `configuration` object of Zarr metadata: outside data. */
export type CodecConfiguration = Readonly<Record<string, unknown>>;

/**
 * Builds a codec for one place of a chain.
 * @param layout of the array at that place; for bytes→bytes codecs the one that went into the array→bytes codec
 * @throws GatewayError upstream when the configuration is malformed, unsupported when it asks for what is not built
 */
export type CreateCodec = (configuration: CodecConfiguration, layout: ArrayLayout) => Codec | Promise<Codec>;
