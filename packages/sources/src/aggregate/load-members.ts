import type { Dataset } from "@zarr-gateway/dataset";
import {
  type CallOptions,
  GatewayError,
  isGatewayError,
  mapConcurrently,
  siblingModule,
  type WorkerTask,
} from "@zarr-gateway/primitives";
import { type AggregateOptions, alongOf, groupPath } from "./aggregate-options.ts";
import { describeMember } from "./describe-member.ts";
import type { DescribedFile, DescribeInput, DescribeOutput } from "./describe-task.ts";
import { factsKey } from "./facts-key.ts";
import { inGroup } from "./group-of.ts";
import { type Known, KnownMembers } from "./known-members.ts";
import { locationOf, type Member, type MemberReference, memberLabels } from "./member.ts";
import { isLocal, type MemberLooks, stampOf } from "./member-looks.ts";
import { Turns } from "./turns.ts";

const DESCRIBE: WorkerTask<DescribeInput, DescribeOutput> = {
  module: siblingModule(import.meta.url, "describe-task"),
  name: "describeFiles",
};
/** Files read at the same time the usual way when they are first seen. */
const CONCURRENT_MEMBERS = 8;
/** Files a thread of the pool describes in one task, and tasks that wait for one. */
const FILES_A_TASK = 32;
const CONCURRENT_TASKS = 4;

/**
 * What is known of every member: from the index where it has not changed, else from the file itself.
 * @throws GatewayError naming the file that cannot be opened
 */
export async function loadMembers(
  references: readonly MemberReference[],
  looks: MemberLooks,
  options: AggregateOptions & CallOptions,
): Promise<Member[]> {
  const known = new KnownMembers(options);
  const found = new Array<Known | undefined>(references.length);
  const stamps: (string | undefined)[] = [];
  const turns = new Turns();
  for (const [position, reference] of references.entries()) {
    if (turns.isDue) await turns.next();
    const stamp = stampOf(looks, position);
    stamps.push(stamp);
    found[position] = known.get(reference, stamp);
  }
  const context: LoadContext = { references, stamps, options, known, found };
  await describeOnThreads(context);
  await describeHere(context);
  known.flush();
  const labels = memberLabels(references);
  return references.map((reference, position) => {
    const own = found[position] as Known; // every position was found or described
    return { ...own, reference, label: labels[position] ?? reference.name };
  });
}

interface LoadContext {
  readonly references: readonly MemberReference[];
  readonly stamps: readonly (string | undefined)[];
  readonly options: AggregateOptions & CallOptions;
  readonly known: KnownMembers;
  readonly found: (Known | undefined)[];
}

/** NetCDF files of this machine: opening one is many small reads, which cost less where nobody else waits for them. */
async function describeOnThreads({ references, stamps, options, known, found }: LoadContext): Promise<void> {
  const { allow, pool, levels, signal, format } = options;
  if (format !== undefined && format !== "netcdf") return;
  const missing = [...references.keys()].filter((position) => {
    const reference = references[position];
    return (
      found[position] === undefined && reference && isLocal(reference) && !/\.zarr$/i.test(reference.name)
    );
  });
  const batches = Array.from({ length: Math.ceil(missing.length / FILES_A_TASK) }, (_, at) =>
    missing.slice(at * FILES_A_TASK, (at + 1) * FILES_A_TASK),
  );
  await mapConcurrently(batches, CONCURRENT_TASKS, async (batch) => {
    signal?.throwIfAborted();
    const paths = batch.map((position) => references[position]?.id ?? "");
    const input = { paths, allow, group: groupPath(options), along: alongOf(levels) };
    const { facts, members } = await pool.run(DESCRIBE, input, { signal });
    for (const [key, one] of facts) known.addFacts(key, one);
    for (const [at, position] of batch.entries()) {
      const member: DescribedFile | null = members[at] ?? null;
      const reference = references[position];
      if (member && reference) found[position] = known.add(reference, stamps[position], member);
    }
  });
}

/** Everything else, and files whose errors people should read. */
async function describeHere(context: LoadContext): Promise<void> {
  const { references, stamps, options, known, found } = context;
  const formats = new Map<string, string>();
  const labels = memberLabels(references);
  const missing = [...references.keys()].filter((position) => found[position] === undefined);
  await mapConcurrently(missing, CONCURRENT_MEMBERS, async (position) => {
    options.signal?.throwIfAborted();
    const reference = references[position] as MemberReference; // positions are those of the list
    const label = labels[position] ?? reference.name;
    let dataset: Dataset | undefined;
    try {
      dataset = await openMember(reference, options, formats);
      const group = inGroup(dataset, groupPath(options));
      const { facts, values } = await describeMember(group, {
        along: alongOf(options.levels),
        signal: options.signal,
      });
      const key = factsKey(facts);
      known.addFacts(key, facts);
      const version = dataset.version ?? stamps[position] ?? key;
      found[position] = known.add(reference, stamps[position], { facts: key, version, values });
    } catch (error) {
      throw inMember(error, label);
    } finally {
      await dataset?.close?.();
    }
  });
}

/** What the first file with an extension turned out to be the others are tried as, instead of being looked at. */
async function openMember(
  reference: MemberReference,
  { open, signal }: AggregateOptions & CallOptions,
  formats: Map<string, string>,
): Promise<Dataset> {
  const kind = /\.[^./]*$/.exec(reference.name)?.[0] ?? "";
  const location = locationOf(reference);
  const format = formats.get(kind);
  if (format !== undefined) {
    try {
      return await open(location, { format, signal });
    } catch (error) {
      if (!isGatewayError(error)) throw error; // its name may say one thing and its content another
    }
  }
  const dataset = await open(location, { signal });
  const found = /^(netcdf|zarr)/.exec(dataset.format ?? "")?.[0];
  if (found !== undefined) formats.set(kind, found);
  return dataset;
}

/** The same error with the name of the file in front. */
export function inMember(error: unknown, label: string): unknown {
  if (!isGatewayError(error) || error.message.includes(`"${label}"`)) return error;
  return new GatewayError(error.code, `"${label}": ${error.message}`, error.details, error);
}
