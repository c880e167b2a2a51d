import type { Dataset } from "@zarr-gateway/dataset";
import type { ByteCache, CallOptions, WorkerPool } from "@zarr-gateway/primitives";
import type { AggregateIndex } from "./aggregate-index.ts";
import type { CombineLevel } from "./combine-options.ts";
import type { MemberReference } from "./member.ts";

export interface AggregateOptions {
  /** Which members are meant, in the words of whoever chose them: what was made of them is kept under it. */
  readonly key: string;
  /** The members as they are now; asked again at every check for change. */
  readonly list: (options: CallOptions) => Promise<readonly MemberReference[]>;
  /** @param format the word of an opener's `format`, where one member of the kind was opened before */
  readonly open: (
    location: URL,
    options: CallOptions & { readonly format?: string | undefined },
  ) => Promise<Dataset>;
  /** From the outermost dimension inwards; none: files with different variables are merged. */
  readonly levels: readonly CombineLevel[];
  /** Group of each member; all of a member where absent, which may then have no groups. */
  readonly group?: string | undefined;
  /** Variables that are left out before anything is compared. */
  readonly drop?: readonly string[];
  /** Real or other paths of this machine that may be read: files are also read on threads of the pool. */
  readonly allow: readonly string[];
  /** The word of an opener's `format`, where the configuration gives one. */
  readonly format?: string | undefined;
  readonly index: AggregateIndex;
  readonly pool: WorkerPool;
  /** Where decoded chunks of members are kept of which several chunks need a part. */
  readonly cache?: ByteCache | undefined;
  /** Members kept open. Default 64. */
  readonly maxOpen?: number;
}

/** Without slashes at the ends; "" is the root. */
export function groupPath({ group = "" }: Pick<AggregateOptions, "group">): string {
  return group
    .split("/")
    .filter((name) => name !== "")
    .join("/");
}

/** The dimension along which members follow each other. */
export function alongOf(levels: readonly CombineLevel[]): string | undefined {
  return levels.map((level) => ("along" in level ? level.along : undefined)).find((dim) => dim !== undefined);
}
