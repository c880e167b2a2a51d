/** The ways to a dataset that Intake's driver `zarr` opens; the name is the last segment of the address. */
export type Method = "zarr" | "zarr2" | "kerchunk";

/** What is known of a dataset that a catalog lists. */
export interface Listed {
  readonly id: string;
  readonly hasStoredChunks?: boolean;
}

export interface MethodOptions {
  /** Names of the loaded plugins: each brings routes. */
  readonly plugins: ReadonlySet<string>;
  readonly preferred: Method;
}

/** Those that the dataset really has, the default first. */
export function methodsOf({ hasStoredChunks }: Listed, { plugins, preferred }: MethodOptions): Method[] {
  const methods: Method[] = [
    ...(plugins.has("zarr") ? (["zarr", "zarr2"] as const) : []),
    ...(plugins.has("references") && hasStoredChunks === true ? (["kerchunk"] as const) : []),
  ];
  return methods.includes(preferred) ? [preferred, ...methods.filter((name) => name !== preferred)] : methods;
}

/** Groups that hold data variables, `forecast/hourly`; the root is none of them. */
export function groupsOf(variables: readonly string[], most: number): string[] {
  const groups = new Set<string>();
  for (const path of variables) {
    const end = path.lastIndexOf("/");
    if (end > 0) groups.add(path.slice(0, end));
    if (groups.size >= most) break;
  }
  return [...groups];
}

/** Every segment encoded: nothing of a name is left that a template or a path could be made of. */
export function encodedPath(path: string): string {
  return path
    .split("/")
    .map((name) => encodeURIComponent(name.toWellFormed()))
    .join("/");
}
