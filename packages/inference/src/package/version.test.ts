import { readdir, readFile, rename, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onnxModel } from "@zarr-gateway/testkit";
import { describe, expect, it, vi } from "vitest";
import { hashFile } from "./file-hash.ts";
import { modelPackageVersion, readModelPackage } from "./read-model-package.ts";
import { npyFloat32, type TestFolder, testFolder } from "./testing/package-folder.ts";

const YAML = `
step: PT6H
grid: { x: { values: [0, 1] } }
networks:
  - file: graphs/a.onnx
    inputs: { i: { state: [h], layout: [x], normalize: { mean: mean.npy, std: 1 } } }
    outputs: { o: { like: i } }
`;

function graphWith(file: string): Uint8Array {
  return onnxModel({
    inputs: [{ name: "i", shape: [2] }],
    outputs: [{ name: "o", shape: [2] }],
    nodes: [{ op: "Add", inputs: ["i", "c"], outputs: ["o"] }],
    constants: [{ name: "c", shape: [2], values: Float32Array.of(1, 2), external: { file, offset: 0 } }],
  });
}

function packageFolder(file = "a.data"): Promise<TestFolder> {
  return testFolder({
    "model.yaml": YAML,
    "mean.npy": npyFloat32([1], [3]),
    "graphs/a.onnx": graphWith(file),
    "graphs/a.data": "12345678",
    "other.txt": "nobody names it",
  });
}

describe("the version of a model package", () => {
  it.each(["model.yaml", "mean.npy", "graphs/a.onnx", "graphs/a.data"])("changes with %s", async (name) => {
    await using folder = await packageFolder();
    const before = await modelPackageVersion(folder.path);
    expect((await readModelPackage(folder.path)).version).toBe(before);
    const bytes = {
      "model.yaml": `${YAML}\n# another word`,
      "mean.npy": npyFloat32([1], [4]),
      "graphs/a.onnx": Buffer.concat([graphWith("a.data"), Buffer.from([0x12, 1, 0x61])]),
      "graphs/a.data": "12345679",
    };
    await folder.write(name, bytes[name as keyof typeof bytes]); // the names of the table are its keys
    const after = await modelPackageVersion(folder.path);
    expect(after).not.toBe(before);
    expect((await readModelPackage(folder.path)).version).toBe(after);
  });

  it("does not change with other files, or the place of the package", async () => {
    await using one = await packageFolder();
    await using other = await packageFolder();
    await other.write("other.txt", "changed");
    expect(await modelPackageVersion(one.path)).toBe(await modelPackageVersion(other.path));
  });

  it("is of the weights where they lie elsewhere", async () => {
    await using one = await packageFolder();
    await using yaml = await testFolder({ "my.yaml": YAML });
    const options = { weights: one.path };
    expect(await modelPackageVersion(join(yaml.path, "my.yaml"), options)).toBe(
      await modelPackageVersion(one.path),
    );
  });

  it.each(["../secret.data", "/etc/hostname", "link.data", "missing.data"])(
    "is refused where tensors lie in %s",
    async (file) => {
      await using folder = await packageFolder(file);
      await symlink("/etc/hostname", join(folder.path, "graphs/link.data"));
      await expect(readModelPackage(folder.path)).rejects.toThrow(
        /^model\.yaml:5:5: networks\[0\]\.file: a tensor of the graph lies elsewhere: /,
      );
    },
  );
});

describe("hashes of files", () => {
  it("are of the bytes that are there, whatever size and time say", async () => {
    await using folder = await testFolder({ big: "a".repeat(1000), new: "b".repeat(1000) });
    await using cache = await testFolder();
    const path = join(folder.path, "big");
    const old = new Date(Date.now() - 3_600_000);
    for (const name of ["big", "new"]) await utimes(join(folder.path, name), old, old);
    const options = { cacheFolder: cache.path };
    const { sha256 } = await hashFile(path, options);
    await rename(join(folder.path, "new"), path); // another inode
    expect((await hashFile(path, options)).sha256).not.toBe(sha256);
    await writeFile(path, "a".repeat(1000));
    expect((await hashFile(path, options)).sha256).toBe(sha256);
  });

  it("are kept in a folder for the next start", async () => {
    await using cache = await testFolder();
    const options = { cacheFolder: cache.path };
    const path = join(import.meta.dirname, "fixtures/make-npy.py"); // has not changed a moment ago
    const { sha256 } = await hashFile(path, options);
    const [kept] = await readdir(join(cache.path, "model-hashes"));
    const file = join(cache.path, "model-hashes", kept ?? "");
    await writeFile(file, (await readFile(file, "utf8")).replace(sha256, "as it was kept"));
    vi.resetModules();
    const restarted = await import("./file-hash.ts");
    expect((await restarted.hashFile(path, options)).sha256).toBe("as it was kept");
    await writeFile(file, '{"stamp"');
    vi.resetModules();
    const again = await import("./file-hash.ts");
    expect((await again.hashFile(path, options)).sha256).toBe(sha256);
  });
});
