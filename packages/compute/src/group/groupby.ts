import type { Dataset } from "@zarr-gateway/dataset";
import type { Reduction } from "../reduce/reduction.ts";
import { viewError } from "../view/view-call.ts";
import type { ViewContext, ViewOperation } from "../view/view-operation.ts";
import { argumentsOf, parseReduction } from "./group-arguments.ts";
import { groupedDataset } from "./grouped-dataset.ts";
import { type GroupTarget, groupingOf } from "./grouping.ts";

interface GroupbyStep {
  readonly target: GroupTarget;
  readonly action: Reduction;
}

const EXAMPLE = "groupby(time.month,mean)";

/** Groups by a component of times or by the values of a coordinate. */
export const groupby: ViewOperation<GroupbyStep> = {
  name: "groupby",
  summary:
    "What belongs to the same month, season, hour, … or has the same value of a coordinate becomes one; its label is the new dimension.",
  examples: [EXAMPLE, "groupby(time.season,max)", "groupby(basin,count)"],
  equivalent: 'ds.groupby("time.month").mean()',
  parse(call) {
    const [target, action] = argumentsOf(call, [2, 2], EXAMPLE);
    if (target === undefined || action === undefined) throw viewError(`expected "${EXAMPLE}"`, call.at);
    if (target.key !== undefined) throw viewError(`"groupby" is written "${EXAMPLE}"`, target.at);
    return { target: { text: target.value, at: target.valueAt }, action: parseReduction(action) };
  },
  print: ({ target, action }) => `groupby(${target.text},${action})`,
  async apply(input: Dataset, { target, action }: GroupbyStep, context: ViewContext): Promise<Dataset> {
    const grouping = await groupingOf(input, target, context);
    const { dim, name, groupOf, first, label } = grouping;
    const isEachItsOwn = name === dim && first.every((position, group) => position === group);
    if (isEachItsOwn && (action === "first" || action === "last")) return input;
    const plan = { action, dim, name, groupOf, count: first.length, label };
    return groupedDataset(input, { ...plan, isEmpty: undefined, keepsOrder: false }, context);
  },
};
