import { builtinModules } from "node:module";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { allowedImports } from "./layers.ts";
import { exists, type SourceFile, workspacePackages } from "./workspace.ts";

const packages = workspacePackages();
const builtins = new Set(builtinModules);
const packageOf = (specifier: string): string =>
  specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");

describe.each(packages)("$folder", ({ folder, name, dependencies, files }) => {
  const source = files.filter((file) => !file.isTest);

  it("imports only what its layer allows", () => {
    const allowed = allowedImports(folder);
    const wrong = source.flatMap((file) =>
      file.imports
        .filter((specifier) => specifier.startsWith("@zarr-gateway/") || specifier === "zarr-gateway")
        .filter((specifier) => allowed !== undefined && !allowed.includes(specifier) && specifier !== name)
        .map((specifier) => `${file.path} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it("imports other packages by name, and lists each among its dependencies", () => {
    const wrong = source.flatMap((file) =>
      file.imports
        .filter(
          (specifier) =>
            !specifier.startsWith(".") && !specifier.startsWith("node:") && !builtins.has(specifier),
        )
        .filter((specifier) => !dependencies.has(packageOf(specifier)))
        .map((specifier) => `${file.path} imports ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it("reaches no other package by path", () => {
    const wrong = source.flatMap((file) =>
      file.imports
        .filter((specifier) => specifier.startsWith("."))
        .filter((specifier) => !normalize(join(dirname(file.path), specifier)).startsWith(`${folder}/`))
        .map((specifier) => `${file.path} imports ${specifier}`),
    );
    expect(wrong.filter((line) => !line.startsWith("packages/gateway/bin/"))).toEqual([]);
  });

  it("has no import cycle", () => {
    expect(cycles(source)).toEqual([]);
  });

  it("says in a README what it is for", () => {
    expect(exists(`${folder}/README.md`)).toBe(true);
  });
});

describe("files", () => {
  const all = packages.flatMap((entry) => entry.files);
  it("are named by what they own", () => {
    const vague = all.filter(({ path }) => /\/(utils?|helpers?|common|misc|manager)(\.|\/|-)/.test(path));
    expect(vague.map(({ path }) => path)).toEqual([]);
  });
  it("stay short enough to hold in mind", () => {
    const long = all.filter(({ text, isTest }) => !isTest && text.split("\n").length > 400);
    expect(long.map(({ path, text }) => `${path}: ${text.split("\n").length} lines`)).toEqual([]);
  });
});

/** Cycles of imports inside one package, those of types too, each as the path that closes it. */
function cycles(files: readonly SourceFile[]): string[] {
  const graph = new Map(files.map((file) => [file.path, ownImports(file)]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
    if (trail.includes(path) || done.has(path)) return;
    for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}

function ownImports({ path, text }: SourceFile): string[] {
  return [...text.matchAll(/\bfrom\s*"(\.[^"]+)"/g)].map((match) =>
    normalize(join(dirname(path), match[1] ?? "")),
  );
}
