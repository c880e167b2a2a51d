import { fileURLToPath } from "node:url";
import {
  type ChildProgram,
  type ChildProgramOptions,
  childEnvironment,
  type Scratch,
} from "../execution/child-program.ts";

/** A folder that Python runs: beside this file, and beside what it is bundled into. */
export const PYTHON_BRIDGE = fileURLToPath(new URL("./python-bridge", import.meta.url));

/** Where libraries keep what they have fetched, and how they use a GPU; no keys of anything. */
const OF_LIBRARIES = [
  "EARTH2STUDIO_CACHE",
  "EARTH2STUDIO_DATA_CACHE",
  "EARTH2STUDIO_MODEL_CACHE",
  "EARTH2STUDIO_PACKAGE_TIMEOUT",
  "HF_HOME",
  "TORCH_HOME",
  "XDG_CACHE_HOME",
  "PYTORCH_ALLOC_CONF",
  "PYTORCH_CUDA_ALLOC_CONF",
];

export interface PythonProgramOptions extends Pick<ChildProgramOptions, "allow" | "writable"> {
  /** Path of it. */
  readonly interpreter: string;
  /** Folder of all results: which of them it writes is kept by what it runs itself. */
  readonly results: string;
  /** Bytes of one file. */
  readonly fileBytes: number;
}

/** A Python that runs workflow files, and limits itself before it loads them: python-bridge/zarr_gateway_bridge/limits.py. */
export function pythonProgram(
  scratch: Scratch,
  { interpreter, results, fileBytes, allow, writable }: PythonProgramOptions,
): ChildProgram {
  const limits = { scratch: scratch.path, results, fileBytes, allow, writable };
  return {
    command: interpreter,
    args: ["-u", PYTHON_BRIDGE],
    env: {
      ...childEnvironment(process.env, scratch),
      ...ofLibraries(process.env),
      PYTHONDONTWRITEBYTECODE: "1",
      ZARR_GATEWAY_LIMITS: JSON.stringify(limits),
    },
  };
}

function ofLibraries(environment: NodeJS.ProcessEnv): Record<string, string> {
  const known = OF_LIBRARIES.map((name) => [name, environment[name]] as const);
  return Object.fromEntries(known.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
