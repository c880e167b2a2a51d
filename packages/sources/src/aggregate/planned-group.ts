import type { Attributes, DataType, FillValue, Values } from "@zarr-gateway/dataset";
import { digestOfKept } from "./describe-member.ts";
import { type Member, refusal, type VariableFacts, withoutVariable } from "./member.ts";

/** Where the values of a planned variable come from. Plain data: plans go into the index. */
export type Piece =
  | { readonly kind: "member"; readonly member: number; readonly facts: VariableFacts }
  | { readonly kind: "values"; readonly values: Values }
  | {
      readonly kind: "concatenated";
      readonly axis: number;
      readonly series: Series;
      /** Of each part in order; a single one where all are alike. */
      readonly layouts: readonly VariableFacts[];
    }
  | { readonly kind: "stacked"; readonly pieces: readonly Piece[] };

/** Members in the order of their coordinates, and which elements of each are used. Shared by all their variables. */
export interface Series {
  readonly members: Uint32Array;
  readonly starts: Float64Array;
  readonly lengths: Float64Array;
}

export interface PlannedVariable {
  readonly name: string;
  readonly dims: readonly (string | null)[];
  readonly dtype: DataType;
  readonly fill: FillValue | null;
  readonly shape: readonly number[];
  readonly marks: Attributes;
  /** Member whose attributes it has; undefined where it has none but `changes`. */
  readonly lead: number | undefined;
  /** Attributes of the lead that it has not. */
  readonly dropped?: readonly string[];
  /** Laid over those of the lead. */
  readonly changes?: Attributes;
  readonly isCoordinate: boolean;
  /** Of its values, where they were read. */
  readonly digest?: string;
  readonly piece: Piece;
}

/** Some members as one dataset. */
export interface PlannedGroup {
  /** Member whose attributes the group has. */
  readonly lead: number;
  readonly variables: ReadonlyMap<string, PlannedVariable>;
}

/** A member by itself. */
export function groupOfMember(members: readonly Member[], position: number): PlannedGroup {
  const member = members[position] as Member; // positions are those of the list
  const variables = new Map<string, PlannedVariable>();
  for (const [name, facts] of member.facts.variables) {
    variables.set(name, variableOfMember(member, position, facts));
  }
  return { lead: position, variables };
}

function variableOfMember(member: Member, position: number, facts: VariableFacts): PlannedVariable {
  const { name, dims, dtype, fill, shape, marks, isCoordinate } = facts;
  const values = member.values.get(name);
  const digest = facts.digest ?? (values && digestOfKept(dtype, values));
  return {
    name,
    dims,
    dtype,
    fill,
    shape,
    marks,
    isCoordinate,
    lead: position,
    ...(digest !== undefined && { digest }),
    piece: values ? { kind: "values", values } : { kind: "member", member: position, facts },
  };
}

/** What has to be the same in two variables that become one; undefined where it is. */
export function differenceOf(
  a: Pick<PlannedVariable, "dtype" | "dims" | "marks">,
  b: Pick<PlannedVariable, "dtype" | "dims" | "marks">,
  ignored: readonly string[] = [],
): string | undefined {
  if (a.dtype !== b.dtype) return `the type (${a.dtype}, ${b.dtype})`;
  if (a.dims.join() !== b.dims.join()) return `the dimensions (${a.dims.join(", ")}; ${b.dims.join(", ")})`;
  for (const key of new Set([...Object.keys(a.marks), ...Object.keys(b.marks)])) {
    if (ignored.includes(key)) continue;
    const [one, other] = [textOf(a.marks[key]), textOf(b.marks[key])];
    if (one !== other) return `the attribute ${key} (${one}, ${other})`;
  }
  return undefined;
}

/** Integers and floats of one value mean the same here, except that a client unpacks to another type. */
function textOf(value: unknown): string {
  if (value === undefined) return "none";
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "bigint" ? `${item}` : item,
  ).replace(/^"|"$/g, "");
}

export function labelOf(members: readonly Member[], position: number | undefined): string {
  return (position === undefined ? undefined : members[position]?.label) ?? "?";
}

/** @throws GatewayError where one of two sets of names lacks what the other has */
export function checkSameNames(
  a: { readonly names: Iterable<string>; readonly label: string },
  b: { readonly names: Iterable<string>; readonly label: string },
): void {
  const [inA, inB] = [new Set(a.names), new Set(b.names)];
  for (const [has, lacks, present, missing] of [
    [inA, inB, a.label, b.label],
    [inB, inA, b.label, a.label],
  ] as const) {
    for (const name of has) {
      if (!lacks.has(name))
        throw refusal(`"${name}" is in "${present}", but not in "${missing}"; ${withoutVariable(name)}`);
    }
  }
}
