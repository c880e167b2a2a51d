import { type CallOptions, isGatewayError, mapConcurrently } from "@zarr-gateway/primitives";
import { type AggregateOptions, groupPath } from "./aggregate-options.ts";
import type { MemberReference } from "./member.ts";
import { memberDigest } from "./member-stamps.ts";
import type { OpenMembers } from "./open-members.ts";

export interface CurrencyOptions extends Pick<AggregateOptions, "list" | "pool" | "group"> {
  readonly references: readonly MemberReference[];
  /** Of the stamps of all members; undefined where one of them cannot be recognised from outside. */
  readonly digest: string | undefined;
  readonly members: OpenMembers;
}

/** Members on other machines, or of formats that have to be opened to be recognised: some requests each. */
const MAX_ASKED = 32;
const CONCURRENT_REQUESTS = 8;

/**
 * Asks whether the members are still those that were combined: what is listed, and every file of this machine, some
 * 3 µs each on threads of the pool; where there are others, the next few of all.
 */
export function currencyOfMembers(options: CurrencyOptions): (call?: CallOptions) => Promise<boolean> {
  const { references, digest } = options;
  const positions = [...references.keys()];
  let turn = 0;
  return async (call = {}) => {
    const now = await options.list(call);
    if (!isSameList(references, now)) return false;
    if (digest !== undefined) {
      const looking = { pool: options.pool, group: groupPath(options), ...call };
      return (await memberDigest(references, looking)) === digest;
    }
    turn += 1;
    return areCurrent(windowOf(positions, turn - 1, MAX_ASKED), options, call);
  };
}

function isSameList(before: readonly MemberReference[], now: readonly MemberReference[]): boolean {
  return before.length === now.length && before.every(({ id }, position) => id === now[position]?.id);
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
