import { encodedDataset } from "../../dataset/encoded-dataset.ts";
import { type ViewArgument, type ViewCall, viewError } from "../view-call.ts";
import type { ViewOperation } from "../view-operation.ts";
import { type Named, namedArguments, unknownName } from "./dimension-arguments.ts";

interface RoundStep {
  /** Of all floating-point data. */
  readonly keepBits: number | undefined;
  readonly variables: readonly Named<number>[];
}

/** Rounded to some bits of the mantissa, so that it compresses better. */
export const round: ViewOperation<RoundStep> = {
  name: "round",
  summary:
    "Floating-point data rounded to so many bits of the mantissa (BitRound), smaller on the wire; all data or single variables.",
  examples: ["round(10)", "round(tas=9,pr=7)"],
  equivalent: "numcodecs.BitRound(keepbits=10)",
  parse: parseRound,
  print({ keepBits, variables }) {
    const named = variables.map(({ key, value }) => `${key}=${value}`);
    return `round(${keepBits === undefined ? named.join(",") : keepBits})`;
  },
  async apply(input, { keepBits, variables }, { pool }) {
    for (const { key, at } of variables) {
      if (!input.variables.has(key))
        throw unknownName("variable", { name: key, at }, [...input.variables.keys()]);
    }
    const single = Object.fromEntries(variables.map(({ key, value }) => [key, { round: value }]));
    return encodedDataset(input, { round: keepBits, variables: single }, { pool });
  },
};

function parseRound(call: ViewCall): RoundStep {
  const [first, second] = call.arguments;
  if (first?.key !== undefined) {
    return { keepBits: undefined, variables: namedArguments(call, "round(tas=9)", parseBits) };
  }
  if (first === undefined) throw viewError('"round" needs a number of bits, as in "round(10)"', call.at);
  if (second !== undefined)
    throw viewError('"round" takes one number of bits, or one for each of some variables', second.at);
  return { keepBits: parseBits(first), variables: [] };
}

function parseBits({ value, valueAt }: ViewArgument): number {
  if (/^\d{1,2}$/.test(value) && Number(value) <= 52) return Number(value);
  throw viewError(`expected a number of bits from 0 to 52, not "${value}"`, valueAt);
}
