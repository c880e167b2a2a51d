import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { defineWorkflow } from "@zarr-gateway/plugin";
import { z } from "zod";

/** Warms up the way of a job: scripts of Earth2Studio ask for it when a server has started. */
export const exampleUserWorkflow = defineWorkflow({
  name: "example_user_workflow",
  description: "Example user workflow demonstrating auto-registration pattern",
  parameters: z
    .object({
      task_name: z.string().default("example_task").describe("Name of the task to execute"),
      num_iterations: z.int().min(1).max(100).default(5).describe("Number of iterations to perform"),
      delay_seconds: z.number().min(0).max(10).default(0.5).describe("Delay between iterations in seconds"),
      generate_output: z.boolean().default(true).describe("Whether to generate output files"),
    })
    .describe("Parameters for the example user workflow."),
  async run({ parameters, progress, signal, folder, id }) {
    const { task_name, num_iterations: total_steps, delay_seconds, generate_output } = parameters;
    progress({ progress: "Starting workflow...", current_step: 0, total_steps });
    const iterations: { readonly iteration: number; readonly timestamp: string; readonly value: number }[] =
      [];
    for (let step = 1; step <= total_steps; step += 1) {
      progress({ progress: `Processing iteration ${step}/${total_steps}`, current_step: step, total_steps });
      await wait(delay_seconds * 1000, undefined, { signal });
      iterations.push({ iteration: step, timestamp: new Date().toISOString(), value: (step - 1) ** 2 });
    }
    if (generate_output) {
      const summary = { total_iterations: total_steps, execution_id: id };
      const document = JSON.stringify({ task_name, iterations, summary }, undefined, 2);
      await writeFile(join(folder, "results.json"), `${document}\n`);
      const text = `Workflow Execution Summary\nExecution ID: ${id}\nTask Name: ${task_name}\nIterations: ${total_steps}\n`;
      await writeFile(join(folder, "summary.txt"), text);
    }
    progress({ progress: "Complete!", current_step: total_steps, total_steps });
    return { results_summary: `Completed ${total_steps} iterations` };
  },
});
