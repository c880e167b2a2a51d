import type { BoundingBox } from "@zarr-gateway/dataset";
import type { CatalogRecord } from "../collection/catalog-record.ts";
import { type Area, areaOfBox, parseGeometry } from "./area.ts";
import type { Expression } from "./cql2.ts";
import type { FilterScope } from "./filter-scope.ts";
import { invalid } from "./invalid.ts";
import { propertyOf } from "./properties.ts";
import { type Interval, parseBox, parseMoment } from "./search-request.ts";

export type Value = string | number | boolean | readonly (string | number)[] | undefined;

/** One side of a condition. */
export interface Operand {
  value(record: CatalogRecord): Value;
  readonly isTime: boolean;
  /** True where `interval` is of the item's whole time, of which `value` is the start. */
  readonly isWhole?: boolean;
  /** Of literals: the same for every record. */
  readonly constant?: Value;
  /** Of literals that can be read as a time. */
  asTime?(): Operand;
  /** The item's own box. */
  place?(record: CatalogRecord): BoundingBox | undefined;
  readonly area?: Area;
  /** Start and end in milliseconds since 1970. */
  interval?(record: CatalogRecord): Interval | undefined;
}

const DAY_MS = 86_400_000;

export function compileOperand(expression: Expression, scope: FilterScope, depth: number): Operand {
  scope.enter(depth);
  if (expression === null) return literal(undefined);
  if (typeof expression === "string")
    return { ...literal(expression), asTime: () => timeLiteral(expression, scope) };
  if (typeof expression === "number" || typeof expression === "boolean") return literal(expression);
  if (Array.isArray(expression)) return listOf(expression, scope, depth);
  const object = expression as Readonly<Record<string, unknown>>; // all else was handled
  if (typeof object["property"] === "string") return property(object["property"], scope);
  if (typeof object["timestamp"] === "string") return timeLiteral(object["timestamp"], scope);
  if (typeof object["date"] === "string") return timeLiteral(object["date"], scope);
  if (Array.isArray(object["interval"])) return intervalLiteral(object["interval"], scope);
  if (Array.isArray(object["bbox"]))
    return areaLiteral(areaOfBox(parseBox(object["bbox"], scope.field) as BoundingBox)); // given
  if (typeof object["type"] === "string") return areaLiteral(parseGeometry(scope.field, object));
  if (typeof object["op"] === "string" && Array.isArray(object["args"])) {
    return call(object["op"], object["args"] as readonly Expression[], { scope, depth }); // each is looked at when compiled
  }
  throw invalid(scope.field, "a value, a property, a time or a geometry", expression);
}

function literal(value: Value): Operand {
  return { value: () => value, isTime: false, constant: value };
}

function areaLiteral(area: Area): Operand {
  return { ...literal(undefined), area };
}

function listOf(items: readonly Expression[], scope: FilterScope, depth: number): Operand {
  const operands = items.map((item) => compileOperand(item, scope, depth + 1));
  return {
    isTime: false,
    value: (record) =>
      operands
        .map((operand) => operand.value(record))
        .filter((value) => typeof value === "string" || typeof value === "number"),
  };
}

function property(name: string, scope: FilterScope): Operand {
  if (name === "bbox") return property("geometry", scope);
  const { kind, value: stored } = propertyOf(name);
  if (kind === "place") {
    scope.readsRecords();
    return { value: ({ box }) => (box ? "box" : undefined), isTime: false, place: ({ box }) => box };
  }
  const column = scope.reads(name.replace(/^properties\./, ""));
  const value = (record: CatalogRecord): Value => (column.isOpen ? column.value : stored(record));
  if (kind !== "time") return { value, isTime: false };
  const isWhole = name.replace(/^properties\./, "") === "datetime";
  return {
    value,
    isTime: true,
    isWhole,
    interval: (record) => {
      if (isWhole) return [record.startMs, record.endMs];
      const moment = value(record);
      return typeof moment === "number" ? [moment, moment] : undefined;
    },
  };
}

/** A date is its whole day where intervals are compared, its first moment where values are. */
function timeLiteral(text: string, scope: FilterScope): Operand {
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const moment = parseMoment(isDate ? `${text}T00:00:00Z` : text);
  if (moment === undefined)
    throw invalid(scope.field, "a date, or a date and time with a zone (RFC 3339)", text);
  const interval: Interval = [moment, isDate ? moment + DAY_MS - 1 : moment];
  return { value: () => moment, isTime: true, constant: moment, interval: () => interval };
}

function intervalLiteral(ends: readonly unknown[], scope: FilterScope): Operand {
  if (ends.length !== 2) throw invalid(scope.field, "two ends of an interval", ends);
  const [start, end] = ends.map((end, position) => {
    if (end === ".." || end === "") return undefined;
    if (typeof end === "string") return timeLiteral(end, scope).interval;
    const operand = compileOperand(end as Expression, scope, 1);
    if (operand.isWhole === true) scope.readsRecords();
    if (operand.interval) return operand.interval;
    throw invalid(scope.field, `a time as ${position === 0 ? "start" : "end"} of an interval`, end);
  });
  return {
    value: () => undefined,
    isTime: true,
    interval: (record) => {
      const first = start ? start(record)?.[0] : Number.NEGATIVE_INFINITY;
      const last = end ? end(record)?.[1] : Number.POSITIVE_INFINITY;
      return first === undefined || last === undefined ? undefined : [first, last];
    },
  };
}

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  div: (a, b) => Math.trunc(a / b),
  "^": (a, b) => a ** b,
};

function call(
  op: string,
  args: readonly Expression[],
  { scope, depth }: { scope: FilterScope; depth: number },
): Operand {
  const name = op.toLowerCase();
  const operands = args.map((arg) => compileOperand(arg, scope, depth + 1));
  const [a, b] = operands;
  if ((name === "casei" || name === "accenti") && a && operands.length === 1) {
    const fold = name === "casei" ? folded : withoutAccents;
    if (a.constant !== undefined) return literal(fold(a.constant));
    return { isTime: false, value: (record) => fold(a.value(record)) };
  }
  const compute = ARITHMETIC[name];
  if (compute && a && b && operands.length === 2) {
    return {
      isTime: false,
      value: (record) => {
        const [left, right] = [a.value(record), b.value(record)];
        return typeof left === "number" && typeof right === "number" ? compute(left, right) : undefined;
      },
    };
  }
  throw invalid(scope.field, "a function that is supported (casei, accenti, + - * / % div ^)", op);
}

function folded(value: Value): Value {
  if (typeof value === "string") return value.toLowerCase();
  return Array.isArray(value)
    ? value.map((item: string | number) => (typeof item === "string" ? item.toLowerCase() : item))
    : value;
}

function withoutAccents(value: Value): Value {
  if (typeof value !== "string" || !/[^\x20-\x7e]/.test(value)) return value;
  return value.normalize("NFD").replaceAll(/\p{M}/gu, "");
}
