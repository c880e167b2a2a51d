import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { deserialize, serialize } from "node:v8";
import { subtree } from "@zarr-gateway/compute";
import type { Dataset, Values } from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError, isGatewayError, mapConcurrently } from "@zarr-gateway/primitives";
import type { IndexedMember } from "./aggregate-index.ts";
import { type AggregateOptions, alongOf } from "./aggregate-options.ts";
import { describeMember } from "./describe-member.ts";
import { type Member, type MemberFacts, type MemberReference, memberLabels } from "./member.ts";

/** Files read at the same time when they are first seen. */
const CONCURRENT_MEMBERS = 8;
/** Rows written in one transaction. */
const BATCH = 256;
/** Rows read from the index before others have their turn. */
const ROWS_A_TURN = 200;

/**
 * What is known of every member: from the index where it has not changed, else from the file itself.
 * @throws GatewayError naming the file that cannot be opened
 */
export async function loadMembers(
  references: readonly MemberReference[],
  stamps: readonly (string | undefined)[],
  options: AggregateOptions & CallOptions,
): Promise<Member[]> {
  const loading = new Loading(options);
  const labels = memberLabels(references);
  const members = new Array<Member | undefined>(references.length);
  const missing: number[] = [];
  for (const [position, reference] of references.entries()) {
    if (position % ROWS_A_TURN === ROWS_A_TURN - 1) await nextTurn();
    const known = loading.known(reference, stamps[position]);
    if (known) members[position] = { ...known, reference, label: labels[position] ?? reference.name };
    else missing.push(position);
  }
  await mapConcurrently(missing, CONCURRENT_MEMBERS, async (position) => {
    const reference = references[position] as MemberReference; // positions are those of the list
    const label = labels[position] ?? reference.name;
    members[position] = { ...(await loading.read(reference, label, stamps[position])), reference, label };
  });
  loading.flush();
  return members as Member[]; // every position was known or missing
}

type Known = Pick<Member, "facts" | "values" | "version">;

class Loading {
  readonly #options: AggregateOptions & CallOptions;
  /** Of members made alike there is one. */
  readonly #facts = new Map<string, MemberFacts>();
  /** What the first file with an extension turned out to be, so that the others need not be looked at for it. */
  readonly #formats = new Map<string, string>();
  #batch: (readonly [string, IndexedMember])[] = [];

  constructor(options: AggregateOptions & CallOptions) {
    this.#options = options;
  }

  known(reference: MemberReference, stamp: string | undefined): Known | undefined {
    if (stamp === undefined) return undefined;
    const { index } = this.#options;
    const row = index.member(this.#keyOf(reference));
    if (row?.stamp !== stamp) return undefined;
    const facts = this.#facts.get(row.facts) ?? (index.facts(row.facts) as MemberFacts | undefined); // what `read` put there, its checksum right
    if (facts === undefined) return undefined;
    this.#facts.set(row.facts, facts);
    try {
      const values = row.own.length === 0 ? new Map() : (deserialize(row.own) as ReadonlyMap<string, Values>); // the same
      return { facts: this.#kept(row.facts, facts), values, version: row.version };
    } catch {
      return undefined; // written by another version of Node
    }
  }

  async read(reference: MemberReference, label: string, stamp: string | undefined): Promise<Known> {
    const { signal, levels } = this.#options;
    signal?.throwIfAborted();
    const dataset = await this.#open(reference, label);
    try {
      const described = await describeMember(dataset, { along: alongOf(levels), signal });
      const key = createHash("sha1").update(textOf(described.facts)).digest("hex");
      const facts = this.#facts.get(key) ?? described.facts;
      if (!this.#facts.has(key)) {
        this.#facts.set(key, facts);
        this.#options.index.putFacts(key, facts);
      }
      const version = dataset.version ?? stamp ?? key;
      this.#put(reference, { stamp, version, facts: key, values: described.values });
      return { facts: this.#kept(key, facts), values: described.values, version };
    } catch (error) {
      throw inMember(error, label);
    } finally {
      await dataset.close?.();
    }
  }

  flush(): void {
    if (this.#batch.length > 0) this.#options.index.putMembers(this.#batch);
    this.#batch = [];
  }

  #put(
    reference: MemberReference,
    member: Pick<IndexedMember, "version" | "facts"> & {
      readonly stamp: string | undefined;
      readonly values: ReadonlyMap<string, Values>;
    },
  ): void {
    const { stamp, values, version, facts } = member;
    const own = stamp === undefined ? undefined : serialized(values);
    if (stamp === undefined || own === undefined) return;
    this.#batch.push([this.#keyOf(reference), { stamp, version, facts, own }]);
    if (this.#batch.length >= BATCH) this.flush();
  }

  async #open(reference: MemberReference, label: string): Promise<Dataset> {
    const { group = "", signal } = this.#options;
    const kind = /\.[^./]*$/.exec(reference.name)?.[0] ?? "";
    const format = this.#formats.get(kind);
    try {
      const dataset = await this.#openAs(reference.location, format, signal);
      const found = /^(netcdf|zarr)/.exec(dataset.format ?? "")?.[0];
      if (found !== undefined) this.#formats.set(kind, found);
      return inGroup(dataset, group);
    } catch (error) {
      throw inMember(error, label);
    }
  }

  /** A file whose extension says one thing and its content another is looked at. */
  async #openAs(
    location: URL,
    format: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Dataset> {
    try {
      return await this.#options.open(location, { format, signal });
    } catch (error) {
      if (format === undefined || !isGatewayError(error)) throw error;
      return this.#options.open(location, { signal });
    }
  }

  #dropped = new Map<string, MemberFacts>();

  /** The facts without the variables that are left out; one object for all members that share them. */
  #kept(key: string, facts: MemberFacts): MemberFacts {
    const { drop = [], group } = this.#options;
    const known = this.#dropped.get(key);
    if (known) return known;
    const variables = new Map([...facts.variables].filter(([name]) => !drop.includes(name)));
    const kept = { variables, groups: group === undefined ? facts.groups : [] };
    this.#dropped.set(key, kept);
    return kept;
  }

  #keyOf({ location }: MemberReference): string {
    const { group = "", levels } = this.#options;
    const text = `${location.href}\n${group}\n${alongOf(levels) ?? ""}`;
    return createHash("sha1").update(text).digest("base64url");
  }
}

/** A group of a dataset as the dataset; only the variables of this one group count. */
export function inGroup(dataset: Dataset, group: string): Dataset {
  return group === "" ? dataset : subtree(dataset, group);
}

/** The same error with the name of the file in front. */
export function inMember(error: unknown, label: string): unknown {
  if (!isGatewayError(error) || error.message.includes(`"${label}"`)) return error;
  return new GatewayError(error.code, `"${label}": ${error.message}`, error.details, error);
}

/** undefined for what V8 cannot write: the file is then read again at the next start. */
function serialized(values: ReadonlyMap<string, Values>): Uint8Array | undefined {
  if (values.size === 0) return new Uint8Array(0);
  try {
    return serialize(values);
  } catch {
    return undefined;
  }
}

function textOf(facts: MemberFacts): string {
  return JSON.stringify([...facts.variables.values(), facts.groups], (_key, value: unknown) =>
    typeof value === "bigint"
      ? `${value}n`
      : typeof value === "number" && !Number.isFinite(value)
        ? String(value)
        : value,
  );
}
