import type { Place, Written } from "./written.ts";

/** A file that a package names. */
export interface NamedFile {
  readonly name: string;
  readonly kind: "graph" | "array";
  /** Everywhere it is named. */
  readonly places: readonly Place[];
}

/** Every file that a package names, once, in the order of the text. Pure. */
export function namedFiles(root: Written): readonly NamedFile[] {
  const found = new Map<
    string,
    { readonly name: string; readonly kind: NamedFile["kind"]; places: Place[] }
  >();
  const take = (written: Written, kind: NamedFile["kind"]): void => {
    if (written.kind !== "scalar" || typeof written.value !== "string" || written.value === "") return;
    const id = `${kind} ${written.value}`;
    const file = found.get(id) ?? { name: written.value, kind, places: [] };
    file.places.push(written);
    found.set(id, file);
  };
  const isRemote = entryOf(root, "runtime")?.value === "oip";
  for (const list of ["networks", "diagnostics"]) {
    for (const network of itemsOf(root, list)) {
      if (network.kind !== "map") continue;
      const graph = network.entries.get("file");
      if (graph && !isRemote) take(graph, "graph");
      for (const tensors of [network.entries.get("inputs"), network.entries.get("outputs")])
        for (const tensor of tensors?.kind === "map" ? tensors.entries.values() : [])
          for (const array of arraysOf(tensor)) take(array, "array");
    }
  }
  return [...found.values()];
}

function arraysOf(tensor: Written): readonly Written[] {
  if (tensor.kind !== "map") return [];
  const normalize = tensor.entries.get("normalize");
  const scales = normalize?.kind === "map" ? ["mean", "std"].map((key) => normalize.entries.get(key)) : [];
  const pieces = [tensor, ...itemsOf(tensor, "channels")];
  return [...scales, ...pieces.flatMap((piece) => itemsOf(piece, "static"))].filter(
    (one) => one !== undefined,
  );
}

function itemsOf(map: Written, key: string): readonly Written[] {
  const list = map.kind === "map" ? map.entries.get(key) : undefined;
  return list?.kind === "list" ? list.items : [];
}

function entryOf(map: Written, key: string): Extract<Written, { kind: "scalar" }> | undefined {
  const value = map.kind === "map" ? map.entries.get(key) : undefined;
  return value?.kind === "scalar" ? value : undefined;
}
