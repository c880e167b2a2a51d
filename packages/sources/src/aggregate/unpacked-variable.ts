import { decodedVariable } from "@zarr-gateway/compute";
import type { Attributes } from "@zarr-gateway/dataset";
import { type Member, refusal, type VariableFacts } from "./member.ts";
import { differenceOf, labelOf, type Piece, type PlannedVariable } from "./planned-group.ts";

/** Attributes that say how the numbers of a file stand for others; files may differ in them, and are unpacked then. */
const PACKING_MARKS = ["scale_factor", "add_offset", "_FillValue", "missing_value"];
const DECODING_MARKS = [...PACKING_MARKS, "_Unsigned"];

type Packed = Pick<PlannedVariable, "dtype" | "dims" | "marks" | "dropped">;

/** True for two variables that differ in nothing but how the same quantity is packed into numbers of one type. */
export function arePackedOtherwise(a: Packed, b: Packed): boolean {
  if (a.dropped !== b.dropped) return true; // one is unpacked already
  return differenceOf(a, b) !== undefined && differenceOf(a, b, PACKING_MARKS) === undefined;
}

/**
 * The variable with the values that the packed ones of its files stand for, each by its own attributes, as xarray decodes
 * them: floats, and NaN where data are missing. The same variable where its chunks are not known here.
 * @throws GatewayError naming two files whose values become numbers of different types
 */
export function unpackedVariable(variable: PlannedVariable, members: readonly Member[]): PlannedVariable {
  if (variable.dropped === DECODING_MARKS) return variable;
  const found: UnpackedPart[] = [];
  const piece = unpackedPiece(variable.piece, found);
  const [first] = found;
  if (piece === undefined || first === undefined) return variable;
  const other = found.find(({ facts }) => facts.dtype !== first.facts.dtype);
  if (other !== undefined) {
    const pair = `"${labelOf(members, first.member)}" and "${labelOf(members, other.member)}"`;
    const types = `${first.facts.dtype}, ${other.facts.dtype}`;
    throw refusal(`"${variable.name}" of ${pair} differs in the type of its unpacked values (${types})`);
  }
  const { dtype, fill } = first.facts;
  const changes = { ...variable.changes, ...(dtype.startsWith("float") && { _FillValue: Number.NaN }) };
  const marks = withoutPacking(variable.marks);
  return { ...variable, dtype, fill, marks, piece, dropped: DECODING_MARKS, changes };
}

interface UnpackedPart {
  readonly facts: VariableFacts;
  readonly member: number | undefined;
}

/** @param found is given what the piece is made of */
function unpackedPiece(piece: Piece, found: UnpackedPart[]): Piece | undefined {
  switch (piece.kind) {
    case "values":
      return undefined;
    case "member": {
      const facts = unpackedFacts(piece.facts);
      if (facts) found.push({ facts, member: piece.member });
      return facts && { ...piece, facts };
    }
    case "concatenated": {
      const layouts = piece.layouts.map(unpackedFacts);
      if (!layouts.every((facts) => facts !== undefined)) return undefined;
      for (const [at, facts] of layouts.entries()) found.push({ facts, member: piece.series.members[at] });
      return { ...piece, layouts };
    }
    case "stacked": {
      const pieces = piece.pieces.map((part) => unpackedPiece(part, found));
      return pieces.every((part) => part !== undefined) ? { ...piece, pieces } : undefined;
    }
    default:
      return piece satisfies never;
  }
}

/** undefined where chunks are passed on that cannot be read here. */
function unpackedFacts(facts: VariableFacts): VariableFacts | undefined {
  if (facts.packed !== undefined) return facts;
  if (facts.storedOnly !== undefined) return undefined;
  const { stored: _stored, isAssembled: _isAssembled, ...rest } = facts;
  const { name, dims, dtype, fill, marks, shape, chunkShape } = facts;
  const source = { dtype, fill, grid: { shape, chunkShape }, read: () => Promise.resolve(undefined) }; // asked for its type alone
  const decoded = decodedVariable({ name, dims, attrs: marks, source }).source;
  return { ...rest, dtype: decoded.dtype, fill: decoded.fill, marks: withoutPacking(marks), packed: facts };
}

function withoutPacking(marks: Attributes): Attributes {
  return Object.fromEntries(Object.entries(marks).filter(([name]) => !DECODING_MARKS.includes(name)));
}
