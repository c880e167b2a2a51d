import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "./workspace.ts";

type Versions = Readonly<Record<string, string>>;
interface Manifest {
  readonly dependencies?: Versions;
  readonly devDependencies?: Versions;
  readonly optionalDependencies?: Versions;
}

const manifests = globSync(["package.json", "packages/*/package.json", "plugins/*/package.json"], {
  cwd: ROOT,
}).map(
  (path) => JSON.parse(readFileSync(join(ROOT, path), "utf8")) as Manifest, // our own files
);
const external = manifests
  .flatMap((manifest) => [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies])
  .flatMap((versions) => Object.entries(versions ?? {}))
  .filter(([name]) => !name.startsWith("@zarr-gateway/") && name !== "zarr-gateway");
const documented = readFileSync(join(ROOT, "design/dependencies.md"), "utf8");

describe("dependencies", () => {
  it("are pinned exactly", () => {
    expect(external.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
  it("have one version each", () => {
    const versions = new Map<string, Set<string>>();
    for (const [name, version] of external)
      versions.set(name, (versions.get(name) ?? new Set()).add(version));
    expect([...versions].filter(([, found]) => found.size > 1)).toEqual([]);
  });
  it("have a reason in design/dependencies.md", () => {
    const names = new Set(external.map(([name]) => name));
    expect([...names].filter((name) => !documented.includes(`\`${name}\``))).toEqual([]);
  });
  it("are all still used", () => {
    const names = new Set(external.map(([name]) => name));
    const rows = documented.split("## Asked for")[0]?.match(/^\| .*?\|/gm) ?? [];
    const listed = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ""));
    expect(listed.filter((name) => !names.has(name))).toEqual([]);
  });
});
