import { type CallOptions, isGatewayError, mapConcurrently } from "@zarr-gateway/primitives";
import type { AggregateOptions } from "./aggregate-options.ts";
import type { MemberReference } from "./member.ts";
import { memberStamps } from "./member-stamps.ts";
import type { OpenMembers } from "./open-members.ts";

export interface CurrencyOptions extends Pick<AggregateOptions, "list" | "pool"> {
  readonly references: readonly MemberReference[];
  readonly stamps: readonly (string | undefined)[];
  readonly group: string;
  readonly members: OpenMembers;
}

/** Files of this machine looked at in one check: some 3 µs each, on a thread of the pool. */
const MAX_STAMPED = 20_000;
/** Members on other machines: a request each. */
const MAX_ASKED = 32;
const CONCURRENT_REQUESTS = 8;

/**
 * Asks whether the members are still those that were combined: what is listed, and each file in its turn where there
 * are more than one check may look at.
 */
export function currencyOfMembers(options: CurrencyOptions): (call?: CallOptions) => Promise<boolean> {
  const { references, stamps } = options;
  const positions = [...references.keys()];
  const stamped = positions.filter((position) => stamps[position] !== undefined);
  const others = positions.filter((position) => stamps[position] === undefined);
  let turn = 0;
  return async (call = {}) => {
    if (!isSameList(references, await options.list(call))) return false;
    const now = turn;
    turn += 1;
    return (
      (await areStamped(windowOf(stamped, now, MAX_STAMPED), options, call)) &&
      (await areCurrent(windowOf(others, now, MAX_ASKED), options, call))
    );
  };
}

function isSameList(before: readonly MemberReference[], now: readonly MemberReference[]): boolean {
  return (
    before.length === now.length &&
    before.every(({ location }, position) => location.href === now[position]?.location.href)
  );
}

async function areStamped(
  positions: readonly number[],
  { references, stamps, pool, group }: CurrencyOptions,
  { signal }: CallOptions,
): Promise<boolean> {
  const looked = positions.map((position) => references[position] as MemberReference); // positions are those of the list
  const found = await memberStamps(looked, { pool, group, signal });
  return positions.every((position, at) => stamps[position] === found[at]);
}

async function areCurrent(
  positions: readonly number[],
  { members }: CurrencyOptions,
  call: CallOptions,
): Promise<boolean> {
  const answers = await mapConcurrently(positions, CONCURRENT_REQUESTS, async (position) => {
    try {
      return await members.use(position, async (dataset) => (await dataset.isCurrent?.(call)) ?? true, call);
    } catch (error) {
      if (isGatewayError(error) && error.details["changed"] === true) return false;
      throw error;
    }
  });
  return !answers.includes(false);
}

function windowOf(positions: readonly number[], turn: number, size: number): readonly number[] {
  if (positions.length <= size) return positions;
  const start = (turn * size) % positions.length;
  return positions.slice(start, start + size);
}
