import { afterEach, describe, expect, it, vi } from "vitest";
import { Scratch } from "../execution/child-program.ts";
import { pythonProgram } from "./python-program.ts";

afterEach(() => vi.unstubAllEnvs());

describe("the environment of a Python that runs workflows", () => {
  it("has where libraries keep their models, and no keys", async () => {
    vi.stubEnv("EARTH2STUDIO_CACHE", "/var/cache/models");
    vi.stubEnv("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "s3cr3t");
    vi.stubEnv("HF_TOKEN", "s3cr3t");
    vi.stubEnv("EARTH2STUDIO_API_TOKEN", "s3cr3t");
    const scratch = await Scratch.create();
    try {
      const options = { interpreter: "python3", results: "/r", fileBytes: 1, allow: [], writable: [] };
      const { env } = pythonProgram(scratch, options);
      expect(env).toMatchObject({
        EARTH2STUDIO_CACHE: "/var/cache/models",
        PYTORCH_CUDA_ALLOC_CONF: "expandable_segments:True",
        TMPDIR: scratch.temporary,
      });
      expect(JSON.stringify(env)).not.toContain("s3cr3t");
    } finally {
      await scratch.remove();
    }
  });
});
