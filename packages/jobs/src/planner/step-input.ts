import type { Json } from "../json-value.ts";
import type { StepRecord, TaskRecord } from "../record.ts";

/** What a step is given: the task's input, the output of the one step before it, or an object by step name. */
export function stepInput(task: TaskRecord, step: StepRecord): Json {
  if (step.dependsOn.length === 0) return task.input;
  const outputs = step.dependsOn.map((name): readonly [string, Json] => [
    name,
    task.steps.find((other) => other.name === name)?.output ?? null,
  ]);
  const [only] = outputs;
  return outputs.length === 1 && only !== undefined ? only[1] : Object.fromEntries(outputs);
}
