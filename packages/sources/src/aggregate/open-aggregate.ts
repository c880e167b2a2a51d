import { createHash } from "node:crypto";
import type { Attributes, Dataset } from "@zarr-gateway/dataset";
import { type CallOptions, mapConcurrently } from "@zarr-gateway/primitives";
import { type AggregateOptions, groupPath } from "./aggregate-options.ts";
import { combineMembers } from "./combine-members.ts";
import { currencyOfMembers } from "./current-members.ts";
import { digestOf } from "./describe-member.ts";
import { inGroup } from "./group-of.ts";
import { inMember, loadMembers } from "./load-members.ts";
import { idsOf, locationOf, type Member, type MemberReference, refusal, splitIds } from "./member.ts";
import { isSameLook, lookAtMembers, type MemberLooks, unrecognised } from "./member-looks.ts";
import { digestKey, type WantedDigest } from "./merge-groups.ts";
import { OpenMembers } from "./open-members.ts";
import { type CompletePlan, plannedVariables } from "./planned-dataset.ts";
import type { PlannedGroup } from "./planned-group.ts";
import { Turns } from "./turns.ts";

/** Changes when plans are made otherwise than before. */
const PLAN_LAYOUT = 3;
const CONCURRENT_READS = 4;

/** A plan in the index, and what it was made of. */
interface KeptPlan {
  /** As `idsOf` gives them. */
  readonly ids: string;
  readonly looks: MemberLooks;
  readonly plan: CompletePlan;
}

/** Members as they were before any of them was read. */
interface LookedMembers {
  readonly references: readonly MemberReference[];
  /** As `idsOf` gives them: a text of a megabyte, made once. */
  readonly ids: string;
  readonly looks: MemberLooks;
  /** Undefined where it is not known for these members as they look now. */
  readonly kept?: KeptPlan;
}

/**
 * Many files or stores as one dataset. Their chunks stay where they are: a member is opened when one of its chunks is
 * asked for. What was made of them comes from the index when they are still the same, each as it was.
 * @throws GatewayError upstream naming two files that do not fit together; what opening a member throws
 */
export async function openAggregate(options: AggregateOptions, call: CallOptions = {}): Promise<Dataset> {
  const looked = await lookAtAll(options, call);
  const { references, ids, looks } = looked;
  let plan = looked.kept?.plan;
  let versions: readonly string[] | undefined;
  const members = openMembers(references, options, (position) => {
    versions ??= plan?.versions.split("\0");
    return versions?.[position];
  });
  try {
    if (plan === undefined) {
      checkReferences(references);
      plan = await makePlan({ references, ids, looks, options, open: members }, call);
      if (unrecognised(looks).length === 0) {
        options.index.putPlan(planKey(options), { ids, looks, plan } satisfies KeptPlan);
      }
    }
    return {
      attrs: plan.attrs,
      variables: plannedVariables(plan, { members, pool: options.pool, cache: options.cache }),
      groups: new Map(),
      version: plan.version,
      versionCoversChunks: plan.coversChunks,
      ...(plan.warnings && { warnings: plan.warnings }),
      format: describeFormat(plan.format, references.length),
      isCurrent: currencyOfMembers({ ...options, ids, looks, members }),
      close: () => members.close(),
    };
  } catch (error) {
    await members.close();
    throw error;
  }
}

/** Lists the members and looks at them, at those of the last time while they are still being listed. */
async function lookAtAll(options: AggregateOptions, call: CallOptions): Promise<LookedMembers> {
  const looking = { pool: options.pool, group: groupPath(options), ...call };
  const kept = options.index.plan(planKey(options)) as KeptPlan | undefined; // what was put there under this key, its checksum right
  const [references, seen] = await Promise.all([
    options.list(call),
    kept && lookAtMembers(splitIds(kept.ids), looking),
  ]);
  const ids = idsOf(references);
  if (seen === undefined || ids !== kept?.ids) {
    return { references, ids, looks: await lookAtMembers(splitIds(ids), looking) };
  }
  return { references, ids, looks: seen, ...(isSameLook(kept.looks, seen) && { kept }) };
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
  readonly ids: string;
  readonly looks: MemberLooks;
  readonly options: AggregateOptions;
  readonly open: OpenMembers;
}

async function makePlan(planning: Planning, call: CallOptions): Promise<CompletePlan> {
  const { references, ids, looks, options, open } = planning;
  const members = await loadMembers(references, looks, { ...options, ...call });
  const group = await combinedGroup(members, planning, call);
  const versions = members.map(({ version }) => version).join("\0");
  const version = createHash("sha256")
    .update([settingsOf(options), ids, versions].join("\n"))
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
    const group = await combineMembers(levels, { members, digests, wanted, turns: new Turns() });
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

/** Which aggregate it is, whatever its members are at the moment, for this version of Node, whose words are in the index. */
function planKey(options: AggregateOptions): string {
  const { key, allow } = options;
  const text = JSON.stringify([process.versions.v8, key, allow, settingsOf(options)]);
  return createHash("sha256").update(text).digest("base64url");
}

function settingsOf({ levels, drop, group }: AggregateOptions): string {
  return JSON.stringify([PLAN_LAYOUT, levels, drop, group]);
}

function describeFormat(format: string | undefined, count: number): string {
  return `${format ?? "files"}, ${count} combined`;
}
