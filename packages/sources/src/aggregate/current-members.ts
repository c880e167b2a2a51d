import { type CallOptions, isGatewayError, mapConcurrently } from "@zarr-gateway/primitives";
import { type AggregateOptions, groupPath } from "./aggregate-options.ts";
import { idsOf, type MemberReference, splitIds } from "./member.ts";
import { isSameLook, lookAtMembers, type MemberLooks, unrecognised } from "./member-looks.ts";
import type { OpenMembers } from "./open-members.ts";

export interface CurrencyOptions extends Pick<AggregateOptions, "list" | "pool" | "group"> {
  /** The members as `idsOf` gives them. */
  readonly ids: string;
  /** Taken before any member was read. */
  readonly looks: MemberLooks;
  readonly members: OpenMembers;
}

/** Members on other machines, or of formats that have to be opened to be recognised: some requests each. */
const MAX_ASKED = 32;
const CONCURRENT_REQUESTS = 8;

/**
 * Asks whether the members are still those that were combined: what is listed, and every file of this machine; where
 * there are others, the next few of those.
 */
export function currencyOfMembers(options: CurrencyOptions): (call?: CallOptions) => Promise<boolean> {
  const { ids, looks } = options;
  const positions = unrecognised(looks);
  let turn = 0;
  return async (call = {}) => {
    const looking = { pool: options.pool, group: groupPath(options), ...call };
    const [now, seen] = await Promise.all([listed(options, call), lookAtMembers(splitIds(ids), looking)]);
    if (now === undefined || idsOf(now) !== ids || !isSameLook(looks, seen)) return false;
    if (positions.length === 0) return true;
    turn += 1;
    return areCurrent(windowOf(positions, turn - 1, MAX_ASKED), options, call);
  };
}

/** undefined where there are none any more. */
async function listed(
  { list }: CurrencyOptions,
  call: CallOptions,
): Promise<readonly MemberReference[] | undefined> {
  try {
    return await list(call);
  } catch (error) {
    if (isGatewayError(error) && error.details["changed"] === true) return undefined;
    throw error;
  }
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
