import type { DimensionFacts } from "./dimension-facts.ts";
import type { DatasetNode, GroupNode } from "./object-tree.ts";

export interface Dimension {
  readonly id: number;
  readonly name: string;
  readonly isUnlimited: boolean;
  /** Grows with the longest variable where the dimension is unlimited. */
  length: number;
}
export interface PlannedVariable {
  readonly node: DatasetNode;
  readonly name: string;
  readonly dims: readonly Dimension[];
}
export interface PlannedGroup {
  readonly node: GroupNode;
  readonly variables: readonly PlannedVariable[];
  readonly groups: readonly PlannedGroup[];
}

/** Variables named like a dimension without being its coordinate are stored under this prefix. */
const NOT_COORDINATE = "_nc4_non_coord_";

interface DraftVariable {
  readonly node: DatasetNode;
  readonly name: string;
  readonly facts: DimensionFacts;
  readonly dims: (Dimension | undefined)[];
}
interface DraftGroup {
  readonly node: GroupNode;
  readonly parent: DraftGroup | undefined;
  readonly dimensions: Dimension[];
  readonly variables: DraftVariable[];
  readonly groups: DraftGroup[];
}

/**
 * Which dimensions each variable has, and how long they are, by the rules of the netCDF-C library: the same names come
 * out, those it makes up (`phony_dim_N`) included.
 * @param isNetcdfType whether netCDF would show a dataset of this type; the others must not change made-up names
 * @see netcdf-c libhdf5/hdf5open.c
 */
export function planDimensions(
  root: GroupNode,
  factsOf: (node: DatasetNode) => DimensionFacts,
  isNetcdfType: (node: DatasetNode) => boolean,
): PlannedGroup {
  const plan = new DimensionPlan(factsOf);
  const draft = plan.collect(root, undefined);
  plan.match(draft, isNetcdfType);
  plan.match(draft, (node) => !isNetcdfType(node));
  plan.growUnlimited(draft);
  return finish(draft);
}

function finish(draft: DraftGroup): PlannedGroup {
  return {
    node: draft.node,
    variables: draft.variables.map(({ node, name, dims }) => ({
      node,
      name,
      dims: dims.filter((dim) => dim !== undefined), // `match` has set all of them
    })),
    groups: draft.groups.map(finish),
  };
}

class DimensionPlan {
  readonly #factsOf: (node: DatasetNode) => DimensionFacts;
  readonly #byId = new Map<number, Dimension>();
  readonly #byScale = new Map<number, { readonly dimension: Dimension; readonly group: DraftGroup }[]>();
  #nextId = 0;

  constructor(factsOf: (node: DatasetNode) => DimensionFacts) {
    this.#factsOf = factsOf;
  }

  /** Dimensions and variables of a group, then of the groups in it. */
  collect(node: GroupNode, parent: DraftGroup | undefined): DraftGroup {
    const group: DraftGroup = { node, parent, dimensions: [], variables: [], groups: [] };
    for (const dataset of node.datasets) {
      const facts = this.#factsOf(dataset);
      const scale = facts.isScale ? this.#addScale(group, dataset, facts) : undefined;
      if (scale && facts.isOnlyDimension) continue;
      const rank = dataset.object.space.shape.length;
      const dims = new Array<Dimension | undefined>(rank).fill(undefined);
      if (scale) dims[0] = scale;
      group.variables.push({ node: dataset, name: variableName(dataset.name), facts, dims });
    }
    group.groups.push(...node.groups.map((child) => this.collect(child, group)));
    return group;
  }

  /** Children first: that is the order in which netCDF counts the dimensions it makes up. */
  match(group: DraftGroup, isWanted: (node: DatasetNode) => boolean): void {
    for (const child of group.groups) this.match(child, isWanted);
    for (const variable of group.variables) {
      if (!isWanted(variable.node)) continue;
      const { facts, dims } = variable;
      if (facts.coordinateIds) {
        for (const [axis, id] of facts.coordinateIds.entries()) dims[axis] = this.#byId.get(id) ?? dims[axis];
      }
      for (const [axis, scale] of (facts.scales ?? []).entries()) {
        if (axis < dims.length && scale !== undefined) dims[axis] ??= this.#visibleDimension(group, scale);
      }
      this.#invent(group, variable);
    }
  }

  /** netCDF's length of an unlimited dimension is that of the longest variable along it. */
  growUnlimited(root: DraftGroup): void {
    const grown = new Map<Dimension, number>();
    const visit = (group: DraftGroup): void => {
      for (const { node, dims } of group.variables) {
        for (const [axis, dim] of dims.entries()) {
          if (dim?.isUnlimited)
            grown.set(dim, Math.max(grown.get(dim) ?? 0, node.object.space.shape[axis] ?? 0));
        }
      }
      group.groups.forEach(visit);
    };
    visit(root);
    for (const [dim, length] of grown) dim.length = length;
  }

  #addScale(group: DraftGroup, node: DatasetNode, facts: DimensionFacts): Dimension {
    const { space, address } = node.object;
    const assigned =
      facts.dimensionId !== undefined && facts.dimensionId >= 0 ? facts.dimensionId : undefined;
    if (assigned !== undefined) this.#nextId = Math.max(this.#nextId, assigned + 1);
    const dimension = this.#addDimension(group, {
      id: assigned ?? this.#nextId++,
      name: node.name,
      length: space.shape[0] ?? 0,
      isUnlimited: space.maxShape[0] === Number.POSITIVE_INFINITY,
    });
    this.#byScale.set(address, [...(this.#byScale.get(address) ?? []), { dimension, group }]);
    return dimension;
  }

  #addDimension(group: DraftGroup, dimension: Dimension): Dimension {
    group.dimensions.push(dimension);
    this.#byId.set(dimension.id, dimension);
    return dimension;
  }

  /** The dimension of a scale in this group or the nearest one above. */
  #visibleDimension(group: DraftGroup, scale: number): Dimension | undefined {
    const found = this.#byScale.get(scale) ?? [];
    for (let above: DraftGroup | undefined = group; above; above = above.parent) {
      const here = found.find((entry) => entry.group === above);
      if (here) return here.dimension;
    }
    return undefined;
  }

  /** Dimensions without a scale: one of the group with the same length, or a new one. */
  #invent(group: DraftGroup, { node, dims }: DraftVariable): void {
    const { shape, maxShape } = node.object.space;
    for (const [axis, length] of shape.entries()) {
      if (dims[axis]) continue;
      const isUnlimited = maxShape[axis] === Number.POSITIVE_INFINITY;
      const fits = (dim: Dimension) => dim.length === length && dim.isUnlimited === isUnlimited;
      const free = group.dimensions.find((dim) => fits(dim) && !dims.includes(dim));
      const make = () => {
        const id = this.#nextId++;
        return this.#addDimension(group, { id, name: `phony_dim_${id}`, length, isUnlimited });
      };
      dims[axis] = free ?? make();
    }
  }
}

function variableName(name: string): string {
  const isPrefixed = name.length > NOT_COORDINATE.length && name.startsWith(NOT_COORDINATE);
  return isPrefixed ? name.slice(NOT_COORDINATE.length) : name;
}
