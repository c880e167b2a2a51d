import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

export interface WorkspacePackage {
  /** `packages/stores` */
  readonly folder: string;
  readonly name: string;
  readonly dependencies: ReadonlySet<string>;
  readonly files: readonly SourceFile[];
}
export interface SourceFile {
  /** Relative to the root. */
  readonly path: string;
  readonly text: string;
  readonly isTest: boolean;
  readonly imports: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Statements at the start of a line, and calls; not the word "from" in a text. */
const IMPORT = /(?:^\s*(?:import|export)\b[^;"'`]*?\bfrom\s*|^\s*import\s+|\bimport\s*\(\s*)"([^"\n]+)"/gm;

/** Every workspace package with its source files, read as text. */
export function workspacePackages(): WorkspacePackage[] {
  return globSync(["packages/*/package.json", "plugins/*/package.json"], { cwd: ROOT })
    .sort()
    .map((manifestPath) => {
      const folder = manifestPath.replace(/\/package\.json$/, "");
      const manifest = JSON.parse(readFileSync(join(ROOT, manifestPath), "utf8")) as Manifest; // our own files
      const files = globSync([`${folder}/src/**/*.ts`, `${folder}/bin/*.js`], { cwd: ROOT })
        .sort()
        .map(readSource);
      return {
        folder,
        name: manifest.name,
        dependencies: new Set(Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })),
        files,
      };
    });
}

export function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), "utf8");
  const imports = [...text.matchAll(IMPORT)].map((match) => match[1] ?? "");
  return { path, text, isTest: /\.test\.ts$|-suite\.ts$|\/testing\//.test(path), imports };
}

export function exists(path: string): boolean {
  return existsSync(join(ROOT, path));
}
