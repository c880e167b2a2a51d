import { readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { messageOf } from "@zarr-gateway/primitives";

export interface WorkflowFile {
  readonly path: string;
  /** Without folder and extension. */
  readonly stem: string;
  readonly language: "javascript" | "python";
}

const JAVASCRIPT = new Set([".ts", ".mts", ".js", ".mjs"]);
/** Beside workflows lie what they are made of, and tests. */
const NONE = /^[._]|\.(test|d)\.[mc]?[tj]s$/;

/** Files of the folders that may hold workflows, in order; folders below them are not looked at. */
export async function workflowFiles(
  directories: readonly string[],
  onProblem: (message: string) => void,
): Promise<WorkflowFile[]> {
  const files: WorkflowFile[] = [];
  for (const directory of new Set(directories)) {
    let names: string[];
    try {
      names = await readdir(directory);
    } catch (error) {
      onProblem(`workflows.directories: ${messageOf(error)}`);
      continue;
    }
    for (const name of names.sort()) {
      const extension = extname(name);
      const isScript = JAVASCRIPT.has(extension);
      if (NONE.test(name) || (!isScript && extension !== ".py")) continue;
      files.push({
        path: join(directory, name),
        stem: name.slice(0, -extension.length),
        language: isScript ? "javascript" : "python",
      });
    }
  }
  return files;
}
