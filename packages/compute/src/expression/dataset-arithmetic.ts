import { coordinateNames, type Dataset, type Variable } from "@zarr-gateway/dataset";
import { derivedDataset } from "../dataset/derived-dataset.ts";
import { withCoordinates } from "../dataset/with-coordinates.ts";
import { withoutLost } from "../group/grouped-dataset.ts";
import { viewError } from "../view/view-call.ts";
import type { ViewContext, ViewOperation } from "../view/view-operation.ts";
import { alignedDatasets } from "./aligned-datasets.ts";
import { combinedAttributes } from "./combined-attributes.ts";
import { mergedCoordinates } from "./merged-coordinates.ts";
import { type Arithmetic, pairedVariable, withoutTimeBounds } from "./paired-variable.ts";

interface OtherDataset {
  readonly id: string;
  readonly at: number;
}

const MAX_ID = 1000;

function arithmetic(
  name: string,
  operator: Arithmetic,
  words: readonly [sign: string, summary: string],
): ViewOperation<OtherDataset> {
  const [sign, summary] = words;
  const example = `${name}(other-dataset)`;
  return {
    name,
    summary: `${summary} Variables that both have, where their labels are the same.`,
    examples: [example, `${name}(other@mean(time))`],
    equivalent: `ds ${sign} other`,
    parse(call) {
      const [other, surplus] = call.arguments;
      if (other === undefined || other.key !== undefined || surplus !== undefined)
        throw viewError(
          `"${name}" is written "${example}", with the id of a dataset or a view of one`,
          surplus?.at ?? call.at,
        );
      if (other.value.length > MAX_ID || !/^[A-Za-z0-9][A-Za-z0-9._-]*(@.*)?$/su.test(other.value))
        throw viewError(`"${other.value.slice(0, 40)}" is no id of a dataset`, other.valueAt);
      return { id: other.value, at: other.valueAt };
    },
    print: ({ id }) => `${name}(${id})`,
    datasets: ({ id }) => [id],
    async apply(input: Dataset, { id, at }: OtherDataset, context: ViewContext): Promise<Dataset> {
      const other = await context.openDataset(id, { signal: context.signal });
      const [left, right] = await alignedDatasets(input, other, { at, context });
      return combinedDatasets(left, right, { operator, at, context });
    },
  };
}

interface CombineOptions {
  readonly operator: Arithmetic;
  readonly at: number;
  readonly context: ViewContext;
}

async function combinedDatasets(
  left: Dataset,
  right: Dataset,
  { operator, at, context }: CombineOptions,
): Promise<Dataset> {
  const [own, others] = [coordinateNames(left), coordinateNames(right)];
  const variables = new Map<string, Variable>();
  for (const [name, variable] of left.variables) {
    const other = right.variables.get(name);
    if (other === undefined || own.has(name) || others.has(name)) continue;
    const pair = [bounded(variable, left), bounded(other, right)] as const;
    const made = pairedVariable(pair, operator, context);
    if (made !== undefined) variables.set(name, made);
  }
  if (variables.size === 0) throw viewError("the datasets have no variable of numbers in common", at);
  const coordinates = await mergedCoordinates(left, right, context);
  for (const [name, variable] of coordinates) variables.set(name, withoutTimeBounds(variable));
  const all = new Map([...right.variables, ...left.variables]);
  const result = withoutLost({ ...derivedDataset(left, { variables: all }) }, variables);
  const attrs = combinedAttributes([left.attrs, right.attrs]);
  return derivedDataset(left, withCoordinates({ ...result, attrs }, coordinates.keys()));
}

function bounded(
  variable: Variable,
  dataset: Dataset,
): { readonly variable: Variable; readonly dataset: Dataset } {
  return { variable, dataset };
}

export const minus = arithmetic("minus", "subtract", ["-", "Another dataset subtracted."]);
export const plus = arithmetic("plus", "add", ["+", "Another dataset added."]);
export const times = arithmetic("times", "multiply", ["*", "Multiplied by another dataset."]);
export const divided = arithmetic("divided", "divide", ["/", "Divided by another dataset."]);
