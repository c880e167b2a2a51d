import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DatasetAddress } from "../child/messages.ts";
import { type ChildProgram, childEnvironment, type Scratch } from "../execution/child-program.ts";
import { BRIDGE_PROGRAM } from "./bridge-program.ts";

/** A Python that runs workflow files. It has no permission model: only its environment is bounded, its memory and its files are watched. */
export async function pythonProgram(
  interpreter: string,
  scratch: Scratch,
  address: DatasetAddress,
): Promise<ChildProgram> {
  const program = join(scratch.path, "bridge.py");
  await writeFile(program, BRIDGE_PROGRAM);
  return {
    command: interpreter,
    args: ["-u", program],
    env: { ...childEnvironment(process.env, scratch, address), PYTHONDONTWRITEBYTECODE: "1" },
  };
}
