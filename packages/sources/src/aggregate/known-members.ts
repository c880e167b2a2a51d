import { hash } from "node:crypto";
import { deserialize, serialize } from "node:v8";
import type { Values } from "@zarr-gateway/dataset";
import type { IndexedMember } from "./aggregate-index.ts";
import { type AggregateOptions, alongOf, groupPath } from "./aggregate-options.ts";
import type { DescribedFile } from "./describe-task.ts";
import type { Member, MemberFacts, MemberReference } from "./member.ts";

export type Known = Pick<Member, "facts" | "values" | "version">;

/** Rows written in one transaction. */
const BATCH = 256;

/** Members as the index has them; members made alike share their facts. */
export class KnownMembers {
  readonly #options: AggregateOptions;
  /** As they are in the files. */
  readonly #facts = new Map<string, MemberFacts>();
  /** Without what is left out. */
  readonly #kept = new Map<string, MemberFacts>();
  readonly #suffix: string;
  #batch: (readonly [string, IndexedMember])[] = [];

  constructor(options: AggregateOptions) {
    this.#options = options;
    const { allow, levels } = options;
    this.#suffix = ["", groupPath(options), alongOf(levels) ?? "", ...allow].join("\n");
  }

  get(reference: MemberReference, stamp: string | undefined): Known | undefined {
    if (stamp === undefined) return undefined;
    const { index } = this.#options;
    const row = index.member(this.#keyOf(reference));
    if (row?.stamp !== stamp) return undefined;
    const facts = this.#facts.get(row.facts) ?? (index.facts(row.facts) as MemberFacts | undefined); // what `addFacts` put there, its checksum right
    if (facts === undefined) return undefined;
    this.#facts.set(row.facts, facts);
    try {
      const values = row.own.length === 0 ? NOTHING : (deserialize(row.own) as Known["values"]); // what `add` put there
      return { facts: this.#withoutDropped(row.facts), values, version: row.version };
    } catch {
      return undefined; // written by another version of Node: read again
    }
  }

  addFacts(key: string, facts: MemberFacts): void {
    if (this.#facts.has(key)) return;
    this.#facts.set(key, facts);
    this.#options.index.putFacts(key, facts);
  }

  /** Its facts were added before. */
  add(reference: MemberReference, stamp: string | undefined, described: DescribedFile): Known {
    const { facts, version, values } = described;
    const own = stamp === undefined ? undefined : serialized(values);
    if (stamp !== undefined && own !== undefined) {
      this.#batch.push([this.#keyOf(reference), { stamp, version, facts, own }]);
      if (this.#batch.length >= BATCH) this.flush();
    }
    return { facts: this.#withoutDropped(facts), values, version };
  }

  flush(): void {
    if (this.#batch.length > 0) this.#options.index.putMembers(this.#batch);
    this.#batch = [];
  }

  #withoutDropped(key: string): MemberFacts {
    const known = this.#kept.get(key);
    if (known) return known;
    const { drop = [], group } = this.#options;
    const facts = this.#facts.get(key) as MemberFacts; // added or found before
    const variables = new Map([...facts.variables].filter(([name]) => !drop.includes(name)));
    const kept = { ...facts, variables, groups: group === undefined ? facts.groups : [] };
    this.#kept.set(key, kept);
    return kept;
  }

  #keyOf({ id }: MemberReference): string {
    return hash("sha1", id + this.#suffix, "base64url");
  }
}

const NOTHING: Known["values"] = new Map();

/** undefined for what V8 cannot write: the file is then read again at the next start. */
function serialized(values: ReadonlyMap<string, Values>): Uint8Array | undefined {
  if (values.size === 0) return new Uint8Array(0);
  try {
    return serialize(values);
  } catch {
    return undefined;
  }
}
