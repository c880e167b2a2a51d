import { createHash } from "node:crypto";
import type { Attributes, Dataset } from "@zarr-gateway/dataset";
import { type CallOptions, mapConcurrently } from "@zarr-gateway/primitives";
import { currencyOfMembers } from "./aggregate-currency.ts";
import { type AggregateOptions, groupPath } from "./aggregate-options.ts";
import { combineMembers } from "./combine-members.ts";
import { digestOf } from "./describe-member.ts";
import { inGroup } from "./group-of.ts";
import { inMember, loadMembers } from "./load-members.ts";
import { locationOf, type Member, type MemberReference, refusal } from "./member.ts";
import { digestOf as digestOfStampsOf, memberDigest, memberStamps } from "./member-stamps.ts";
import { digestKey, type WantedDigest } from "./merge-groups.ts";
import { OpenMembers } from "./open-members.ts";
import { type CompletePlan, plannedVariables } from "./planned-dataset.ts";
import type { PlannedGroup } from "./planned-group.ts";

/** Changes when plans are made otherwise than before. */
const PLAN_LAYOUT = 2;
const CONCURRENT_READS = 4;

/**
 * Many files or stores as one dataset. Their chunks stay where they are: a member is opened when one of its chunks is
 * asked for, and metadata and coordinates come from the index when nothing has changed.
 * @throws GatewayError upstream naming two files that do not fit together; what opening a member throws
 */
export async function openAggregate(options: AggregateOptions, call: CallOptions = {}): Promise<Dataset> {
  const references = await options.list(call);
  const looking = { pool: options.pool, group: groupPath(options), ...call };
  const aggregate = aggregateKey(options, references);
  const looked = await memberDigest(references, looking);
  let digest = looked;
  let plan =
    looked === undefined ? undefined : (options.index.plan(aggregate, looked) as CompletePlan | undefined); // what was put there under this key, its checksum right
  const members = openMembers(references, options, (position) => plan?.versions[position]);
  try {
    if (plan === undefined) {
      checkReferences(references);
      const stamps = await memberStamps(references, looking);
      digest = digestOfStampsOf(stamps);
      plan = await makePlan({ references, stamps, aggregate, options, open: members }, call);
      if (digest !== undefined) options.index.putPlan(aggregate, digest, plan);
    }
    return {
      attrs: plan.attrs,
      variables: plannedVariables(plan, members),
      groups: new Map(),
      version: plan.version,
      versionCoversChunks: plan.coversChunks,
      ...(plan.warnings && { warnings: plan.warnings }),
      format: describeFormat(plan.format, references.length),
      isCurrent: currencyOfMembers({ ...options, references, digest, members }),
      close: () => members.close(),
    };
  } catch (error) {
    await members.close();
    throw error;
  }
}

function openMembers(
  references: readonly MemberReference[],
  options: AggregateOptions,
  versionOf: (position: number) => string | undefined,
): OpenMembers {
  const labelOf = (position: number): string => references[position]?.name ?? "";
  return new OpenMembers({
    open: async (position, call) => {
      const reference = references[position] as MemberReference; // positions are those of the list
      try {
        return inGroup(await options.open(locationOf(reference), call), groupPath(options));
      } catch (error) {
        throw inMember(error, labelOf(position));
      }
    },
    versionOf,
    labelOf,
    ...(options.maxOpen !== undefined && { maxOpen: options.maxOpen }),
  });
}

function checkReferences(references: readonly MemberReference[]): void {
  const seen = new Set<string>();
  for (const { id, name } of references) {
    if (seen.has(id)) throw refusal(`"${name}" is there twice`);
    seen.add(id);
  }
}

interface Planning {
  readonly references: readonly MemberReference[];
  readonly stamps: readonly (string | undefined)[];
  readonly aggregate: string;
  readonly options: AggregateOptions;
  readonly open: OpenMembers;
}

async function makePlan(planning: Planning, call: CallOptions): Promise<CompletePlan> {
  const { references, stamps, options, aggregate, open } = planning;
  const members = await loadMembers(references, stamps, { ...options, ...call });
  const group = await combinedGroup(members, planning, call);
  const versions = members.map(({ version }) => version);
  const version = createHash("sha256")
    .update(`${aggregate}\n${references.map(({ id }, at) => `${id}\n${versions[at]}`).join("\n")}`)
    .digest("hex")
    .slice(0, 32);
  const coversChunks = members.every(({ facts }) => facts.coversChunks);
  return { group, ...(await attributesOf(group, open, call)), versions, version, coversChunks };
}

/** Combines, and where values have to be compared that nobody has read yet, reads them and combines again. */
async function combinedGroup(
  members: readonly Member[],
  { options: { levels }, open }: Planning,
  call: CallOptions,
): Promise<PlannedGroup> {
  const digests = new Map<string, string | undefined>();
  for (;;) {
    const wanted: WantedDigest[] = [];
    const group = combineMembers(levels, { members, digests, wanted });
    if (wanted.length === 0) return group;
    await mapConcurrently(wanted, CONCURRENT_READS, async (one) => {
      if (digests.has(digestKey(one))) return;
      const compare = async (dataset: Dataset): Promise<string | undefined> => {
        const variable = dataset.variables.get(one.variable);
        return variable && digestOf(variable, call);
      };
      digests.set(digestKey(one), await open.use(one.member, compare, call));
    });
  }
}

/** Attributes are those of the first file: of the whole, and of each variable. */
async function attributesOf(
  group: PlannedGroup,
  open: OpenMembers,
  call: CallOptions,
): Promise<Pick<CompletePlan, "attrs" | "variableAttrs" | "format" | "warnings">> {
  const variableAttrs = new Map<string, Attributes>();
  const leads = new Set(
    [...group.variables.values()].map(({ lead }) => lead).filter((lead) => lead !== undefined),
  );
  for (const lead of leads) {
    await open.use(
      lead,
      async (dataset) => {
        for (const [name, planned] of group.variables) {
          if (planned.lead === lead) variableAttrs.set(name, dataset.variables.get(name)?.attrs ?? {});
        }
        return Promise.resolve();
      },
      call,
    );
  }
  const { attrs, format, warnings } = await open.use(group.lead, (dataset) => Promise.resolve(dataset), call);
  return { attrs, variableAttrs, format, warnings };
}

/** Which aggregate it is, and of which members, whatever is in them at the moment. */
function aggregateKey(
  { levels, drop, group }: AggregateOptions,
  references: readonly MemberReference[],
): string {
  const settings = JSON.stringify([PLAN_LAYOUT, process.versions.v8, levels, drop, group]);
  const members = references.map(({ id, entry, path }) => `${id}\n${entry}\n${path}`).join("\n");
  return createHash("sha256").update(`${settings}\n${members}`).digest("base64url");
}

function describeFormat(format: string | undefined, count: number): string {
  return `${format ?? "files"}, ${count} combined`;
}
