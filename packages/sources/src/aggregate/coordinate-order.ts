import { refusal } from "./member.ts";
import { Turns } from "./turns.ts";

/** Values of the dimension's coordinate in one file; numbers of any kind, or instants. */
export interface OrderedPart {
  readonly label: string;
  readonly values: ArrayLike<number | bigint>;
}

/** Which file follows which, and the elements of each that are used. */
export interface CoordinateOrder {
  readonly order: readonly number[];
  /** By position in `order`. */
  readonly starts: readonly number[];
  readonly lengths: readonly number[];
}

export type Overlap = "first" | "last";

/**
 * Puts files in the order of their coordinate: all rise or all fall, and none begins before the one in front of it
 * has ended.
 * @param overlap whose elements are used where two files overlap; refused where absent
 * @throws GatewayError naming the two files
 */
export async function orderByCoordinate(
  parts: readonly OrderedPart[],
  dim: string,
  overlap: Overlap | undefined,
  turns = new Turns(),
): Promise<CoordinateOrder> {
  const direction = await directionOf(parts, dim, turns);
  const used = [...parts.keys()].filter((position) => (parts[position]?.values.length ?? 0) > 0);
  const ahead = (a: number | bigint, b: number | bigint): number =>
    a === b ? 0 : (a < b ? -1 : 1) * direction;
  used.sort((a, b) => ahead(valueAt(parts, a, 0), valueAt(parts, b, 0)) || a - b);
  const empty = [...parts.keys()].filter((position) => (parts[position]?.values.length ?? 0) === 0);
  const starts = used.map(() => 0);
  const ends = used.map((position) => parts[position]?.values.length ?? 0);
  if (overlap === "last") cutEnds(used, ends, { parts, ahead });
  else cutStarts(used, starts, { parts, ahead, dim, isRefused: overlap === undefined });
  return {
    order: [...used, ...empty],
    starts: [...starts, ...empty.map(() => 0)],
    lengths: [
      ...used.map((_, at) => Math.max(0, (ends[at] ?? 0) - (starts[at] ?? 0))),
      ...empty.map(() => 0),
    ],
  };
}

interface CutContext {
  readonly parts: readonly OrderedPart[];
  readonly ahead: (a: number | bigint, b: number | bigint) => number;
}

/** Each file begins behind the farthest value of those before it. */
function cutStarts(
  order: readonly number[],
  starts: number[],
  { parts, ahead, dim, isRefused }: CutContext & { readonly dim: string; readonly isRefused: boolean },
): void {
  let farthest = order[0];
  for (const [at, position] of order.entries()) {
    if (at === 0 || farthest === undefined) continue;
    const length = parts[position]?.values.length ?? 0;
    const limit = valueAt(parts, farthest, -1);
    let start = 0;
    while (start < length && ahead(valueAt(parts, position, start), limit) <= 0) start += 1;
    if (start > 0 && isRefused) {
      throw refusal(
        `the coordinate "${dim}" of "${parts[farthest]?.label}" and "${parts[position]?.label}" overlaps; ` +
          "combine: { …, overlap: first | last } says which to take",
      );
    }
    starts[at] = start;
    if (ahead(valueAt(parts, position, -1), limit) > 0) farthest = position;
  }
}

/** Each file ends before the first value of those behind it. */
function cutEnds(order: readonly number[], ends: number[], { parts, ahead }: CutContext): void {
  for (let at = order.length - 2; at >= 0; at -= 1) {
    const position = order[at] ?? 0;
    const next = order[at + 1] ?? 0; // first values are in order, so the next one's is the nearest
    const limit = valueAt(parts, next, 0);
    let end = ends[at] ?? 0;
    while (end > 0 && ahead(valueAt(parts, position, end - 1), limit) >= 0) end -= 1;
    ends[at] = end;
  }
}

/** 1 where coordinates rise, -1 where they fall. */
async function directionOf(parts: readonly OrderedPart[], dim: string, turns: Turns): Promise<1 | -1> {
  let direction: 1 | -1 | undefined;
  let decider: OrderedPart | undefined;
  for (const part of parts) {
    if (turns.isDue) await turns.next();
    const own = ownDirection(part, dim);
    if (own === undefined) continue;
    direction ??= own;
    decider ??= part;
    if (own !== direction) {
      throw refusal(
        `the coordinate "${dim}" rises in one of "${decider.label}" and "${part.label}" and falls in the other`,
      );
    }
  }
  return direction ?? 1;
}

function ownDirection({ values, label }: OrderedPart, dim: string): 1 | -1 | undefined {
  let direction: 1 | -1 | undefined;
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] ?? Number.NaN;
    if (typeof value === "number" && Number.isNaN(value))
      throw refusal(`the coordinate "${dim}" of "${label}" has missing values`);
    if (at === 0) continue;
    const before = values[at - 1] ?? 0;
    const step = before < value ? 1 : before > value ? -1 : 0;
    direction ??= step === 0 ? undefined : step;
    if (step === 0 || step !== direction) {
      throw refusal(
        `the coordinate "${dim}" of "${label}" is not sorted: it neither rises nor falls throughout`,
      );
    }
  }
  return direction;
}

/** -1 is the last. */
function valueAt(parts: readonly OrderedPart[], position: number, at: number): number | bigint {
  const values = parts[position]?.values ?? [];
  return values[at < 0 ? values.length + at : at] ?? 0;
}
