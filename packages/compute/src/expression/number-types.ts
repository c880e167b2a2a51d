import type { DataType, NumericType } from "@zarr-gateway/dataset";

/** The type of a value in a formula; numbers that are written in it take the type of what they meet, as numpy's do. */
export type ValueType = NumberType | "integer literal" | "float literal";
export type NumberType = Exclude<NumericType, "complex64" | "complex128">;

const NUMBER = /^(bool|u?int(8|16|32|64)|float(16|32|64))$/;

export function isNumberType(dtype: DataType): dtype is NumberType {
  return NUMBER.test(dtype);
}

/** Type in which two values meet. @see NumPy, NEP 50 */
export function promoted(left: ValueType, right: ValueType): ValueType {
  if (left === right) return left;
  const [weak, other] = isLiteral(left) ? [left, right] : [right, left];
  if (isLiteral(weak)) return withLiteral(weak, other);
  return promotedNumbers(left as NumberType, right as NumberType); // neither is a literal
}

/** Type of a function that has fractions: of short integers a short float. */
export function asFloat(type: ValueType): ValueType {
  switch (type) {
    case "integer literal":
    case "float literal":
      return "float literal";
    case "bool":
    case "int8":
    case "uint8":
      return "float16";
    case "int16":
    case "uint16":
      return "float32";
    default:
      return type.startsWith("float") ? type : "float64";
  }
}

export function isLiteral(type: ValueType): type is "integer literal" | "float literal" {
  return type === "integer literal" || type === "float literal";
}

export function isWhole(type: ValueType): boolean {
  return type === "bool" || type === "integer literal" || /^u?int/.test(type);
}

function withLiteral(weak: "integer literal" | "float literal", other: ValueType): ValueType {
  if (isLiteral(other)) return "float literal";
  if (other.startsWith("float")) return other;
  if (weak === "float literal") return "float64";
  return other === "bool" ? "int64" : other;
}

function promotedNumbers(left: NumberType, right: NumberType): NumberType {
  if (left === "bool") return right;
  if (right === "bool") return left;
  const [a, b] = [partsOf(left), partsOf(right)];
  if (a.kind === b.kind) return a.bits >= b.bits ? left : right;
  if (a.kind !== "float" && b.kind !== "float") {
    const [signed, unsigned] = a.kind === "int" ? [a, b] : [b, a];
    const bits = signed.bits > unsigned.bits ? signed.bits : 2 * unsigned.bits;
    return bits > 64 ? "float64" : (`int${bits}` as NumberType); // 16, 32 or 64
  }
  const [float, whole] = a.kind === "float" ? [a, b] : [b, a];
  // a float has room for integers of half its bits
  const bits = Math.max(float.bits, Math.min(64, 2 * whole.bits));
  return `float${bits}` as NumberType; // 16, 32 or 64
}

function partsOf(type: NumberType): { readonly kind: string; readonly bits: number } {
  const [, kind = "", bits = "0"] = /^(\D+)(\d+)$/.exec(type) ?? [];
  return { kind, bits: Number(bits) };
}
