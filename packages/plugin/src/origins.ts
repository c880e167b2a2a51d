import type { Service } from "./plugin.ts";

/** Where the bytes of a dataset lie, for readers who can go there themselves. Never a path of this machine, never a key. */
export interface DatasetOrigin {
  /** `https://…`, `s3://…`, `gs://…` or `az://…`, without user, password, query and fragment. */
  readonly href: string;
  /** True where everybody can read it: on the internet, and read without credentials. */
  readonly isPublic: boolean;
  readonly bucket?: OriginBucket;
}

/** How the bucket of an origin is reached. */
export interface OriginBucket {
  readonly service: "s3" | "azure" | "google";
  readonly name: string;
  readonly region?: string;
  /** Of servers other than the cloud's own. */
  readonly endpoint?: string;
  /** Of Azure. */
  readonly account?: string;
  /** True where it is read without credentials. */
  readonly anonymous: boolean;
}

export interface Origins {
  /** One for each location of the dataset; none of ids that are not known, and of locations that nobody else can reach. */
  of(id: string): readonly DatasetOrigin[];
  /** Of a location that a dataset names, such as a place of virtual chunks; undefined where nobody else can reach it. */
  at(location: string): DatasetOrigin | undefined;
}

/** Provided by the built-in plugin `datasets`. */
export const OriginsService: Service<Origins> = { id: "datasets.origins" };
