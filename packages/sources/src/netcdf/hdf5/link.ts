interface NamedLink {
  readonly name: string;
  /** Creation order, 0 where it is not kept. */
  readonly order: number;
}

export type Hdf5Link =
  | (NamedLink & { readonly kind: "hard"; readonly address: number })
  | (NamedLink & { readonly kind: "soft"; readonly path: string })
  | (NamedLink & { readonly kind: "external"; readonly file: string });
