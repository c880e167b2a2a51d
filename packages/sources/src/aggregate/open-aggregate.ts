import { createHash } from "node:crypto";
import type { Attributes, Dataset } from "@zarr-gateway/dataset";
import { type CallOptions, mapConcurrently } from "@zarr-gateway/primitives";
import { currencyOfMembers } from "./aggregate-currency.ts";
import type { AggregateOptions } from "./aggregate-options.ts";
import { combineMembers } from "./combine-members.ts";
import { digestOf } from "./describe-member.ts";
import { inGroup, inMember, loadMembers } from "./load-members.ts";
import { type Member, type MemberReference, memberLabels, refusal } from "./member.ts";
import { memberStamps } from "./member-stamps.ts";
import { digestKey } from "./merge-groups.ts";
import { OpenMembers } from "./open-members.ts";
import { type CompletePlan, plannedVariables } from "./planned-dataset.ts";
import type { PlannedGroup } from "./planned-group.ts";

/** Changes when plans are made otherwise than before. */
const PLAN_LAYOUT = 1;
const CONCURRENT_READS = 4;

/**
 * Many files or stores as one dataset. Their chunks stay where they are: a member is opened when one of its chunks is
 * asked for, and metadata and coordinates come from the index when nothing has changed.
 * @throws GatewayError upstream naming two files that do not fit together; what opening a member throws
 */
export async function openAggregate(options: AggregateOptions, call: CallOptions = {}): Promise<Dataset> {
  const references = await options.list(call);
  checkReferences(references);
  const group = groupPath(options);
  const stamps = await memberStamps(references, { pool: options.pool, group, ...call });
  const identity = identityOf(options, references, stamps);
  const labels = memberLabels(references);
  const known = identity.isStamped ? options.index.plan(identity.aggregate, identity.key) : undefined;
  let plan = known as CompletePlan | undefined; // what was put there under this key, its checksum right
  const members = new OpenMembers({
    open: async (position, memberCall) => {
      const { location } = references[position] as MemberReference; // positions are those of the list
      try {
        return inGroup(await options.open(location, { ...memberCall, format: undefined }), group);
      } catch (error) {
        throw inMember(error, labels[position] ?? "");
      }
    },
    versionOf: (position) => plan?.versions[position],
    labelOf: (position) => labels[position] ?? "",
    ...(options.maxOpen !== undefined && { maxOpen: options.maxOpen }),
  });
  try {
    plan ??= await makePlan(
      await loadMembers(references, stamps, { ...options, ...call }),
      members,
      options,
      call,
    );
    if (known === undefined && identity.isStamped)
      options.index.putPlan(identity.aggregate, identity.key, plan);
    return {
      attrs: plan.attrs,
      variables: plannedVariables(plan, members),
      groups: new Map(),
      version: versionOf(identity.aggregate, references, plan.versions),
      ...(plan.warnings && { warnings: plan.warnings }),
      format: describeFormat(plan.format, references.length),
      isCurrent: currencyOfMembers({ ...options, references, stamps, group, members }),
      close: () => members.close(),
    };
  } catch (error) {
    await members.close();
    throw error;
  }
}

function checkReferences(references: readonly MemberReference[]): void {
  const seen = new Set<string>();
  for (const { location, name } of references) {
    if (seen.has(location.href)) throw refusal(`"${name}" is there twice`);
    seen.add(location.href);
  }
}

/** Without slashes at the ends; "" is the root. */
function groupPath({ group = "" }: AggregateOptions): string {
  return group
    .split("/")
    .filter((name) => name !== "")
    .join("/");
}

async function makePlan(
  members: readonly Member[],
  open: OpenMembers,
  { levels, drop = [] }: AggregateOptions,
  call: CallOptions,
): Promise<CompletePlan> {
  const digests = new Map<string, string | undefined>();
  for (;;) {
    const wanted: { member: number; variable: string }[] = [];
    const group = combineMembers(levels, { members, digests, wanted });
    if (wanted.length === 0) {
      checkNotEmpty(group, drop);
      return {
        group,
        ...(await attributesOf(group, open, call)),
        versions: members.map(({ version }) => version),
      };
    }
    await mapConcurrently(wanted, CONCURRENT_READS, async (one) => {
      if (digests.has(digestKey(one))) return;
      const digest = await open.use(
        one.member,
        async (dataset) => {
          const variable = dataset.variables.get(one.variable);
          return variable && digestOf(variable, call);
        },
        call,
      );
      digests.set(digestKey(one), digest);
    });
  }
}

function checkNotEmpty({ variables }: PlannedGroup, drop: readonly string[]): void {
  if (variables.size > 0) return;
  throw refusal(drop.length > 0 ? "nothing is left of them" : "they have no variables");
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

interface Identity {
  /** Which aggregate it is, whatever its members are at the moment. */
  readonly aggregate: string;
  /** Of what it consists now. */
  readonly key: string;
  /** False where some member cannot be recognised from outside, so that nothing can be remembered. */
  readonly isStamped: boolean;
}

function identityOf(
  { levels, drop, group }: AggregateOptions,
  references: readonly MemberReference[],
  stamps: readonly (string | undefined)[],
): Identity {
  const settings = JSON.stringify([PLAN_LAYOUT, levels, drop, group]);
  const first = references[0];
  const folder = first === undefined ? "" : new URL(".", first.location).href;
  const hash = createHash("sha256").update(settings);
  for (const [position, { location, entry, path }] of references.entries()) {
    hash.update(`${location.href}\n${entry}\n${path}\n${stamps[position] ?? ""}\n`);
  }
  return {
    aggregate: createHash("sha256").update(`${settings}\n${folder}`).digest("base64url"),
    key: hash.digest("base64url"),
    isStamped: stamps.every((stamp) => stamp !== undefined),
  };
}

/** A hash of the members' versions and of how they are combined: the same bytes as long as it is the same. */
function versionOf(
  aggregate: string,
  references: readonly MemberReference[],
  versions: readonly string[],
): string {
  const hash = createHash("sha256").update(aggregate);
  for (const [position, { location }] of references.entries()) {
    hash.update(`${location.href}\n${versions[position] ?? ""}\n`);
  }
  return hash.digest("hex").slice(0, 32);
}

function describeFormat(format: string | undefined, count: number): string {
  return `${format ?? "files"}, ${count} combined`;
}
