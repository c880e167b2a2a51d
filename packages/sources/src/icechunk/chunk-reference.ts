/** What the target of a virtual chunk must still be like. */
export type TargetCondition =
  | { readonly etag: string }
  /** Milliseconds since 1970. */
  | { readonly unmodifiedSince: number };

export interface NativeReference {
  readonly kind: "native";
  /** Of an object below `chunks/`. */
  readonly id: string;
  readonly offset: number;
  readonly length: number;
}

export interface VirtualReference {
  readonly kind: "virtual";
  /** An address, or `vcc://container/path` in the words of the repository's configuration. */
  readonly location: string;
  readonly offset: number;
  readonly length: number;
  readonly condition?: TargetCondition;
}

export interface InlineReference {
  readonly kind: "inline";
  readonly bytes: Uint8Array;
}

/** Where the bytes of a chunk are. */
export type ChunkReference = InlineReference | NativeReference | VirtualReference;
