import type { ChunkCoder } from "@zarr-gateway/codecs";
import type { Dataset, DatasetWarning, Variable } from "@zarr-gateway/dataset";
import { type CallOptions, messageOf, type WorkerPool } from "@zarr-gateway/primitives";
import type { RandomAccess } from "@zarr-gateway/stores";
import { GlobalHeap, type Hdf5Dataset, type Hdf5Type, openHdf5File } from "../hdf5/index.ts";
import { publishedAttributes } from "../published-attributes.ts";
import { attributeValues } from "./attribute-values.ts";
import { ChunkTables } from "./chunk-tables.ts";
import { type DimensionFacts, readDimensionFacts } from "./dimension-facts.ts";
import { type PlannedGroup, type PlannedVariable, planDimensions } from "./dimensions.ts";
import { elementTypeOf, fillValueOf } from "./element-type.ts";
import { type DatasetNode, findDataset, type GroupNode, readTree } from "./object-tree.ts";
import type { FileContext } from "./variable-context.ts";
import { variableSource } from "./variable-source.ts";
import { virtualObstacle } from "./virtual-mapping.ts";
import { wholeCoordinates } from "./whole-coordinates.ts";

/** What a NetCDF-4 reader is given beside the file. */
export interface Netcdf4Context {
  /** What chunk addresses name; a `file:` URL is also read by the HDF5 library in worker threads. */
  readonly location: URL;
  readonly pool: WorkerPool;
  readonly coder: ChunkCoder;
}

/**
 * A NetCDF-4 file, or any HDF5 file as netCDF would show it. Closing the dataset closes the access.
 * @throws GatewayError upstream when the file is damaged or truncated, unsupported when it is no HDF5
 */
export async function openNetcdf4(
  access: RandomAccess,
  context: Netcdf4Context,
  options: CallOptions = {},
): Promise<Dataset> {
  const file = await openHdf5File(access, options);
  const buffered = file.buffered();
  const { root, namedTypes, warnings: treeWarnings } = await readTree(buffered, options);
  const warnings = [...treeWarnings];
  const heap = new GlobalHeap(buffered);
  const facts = await readFacts(
    root,
    (node) => readDimensionFacts(node.object, { file: buffered, heap }, options),
    warnings,
  );
  const plan = planDimensions(
    root,
    (node) => facts.get(node) ?? NO_FACTS,
    (node) => isNetcdfType(node.object.type),
  );
  const tables = new ChunkTables(file);
  const shared: FileContext = { ...context, file, tables };
  const datasetAt = (path: string) => findDataset(root, path)?.object;
  const dataset = await buildGroup(plan, { shared, heap, datasetAt, namedTypes, warnings, options });
  const isCurrent = access.isCurrent?.bind(access);
  return {
    ...dataset,
    warnings,
    format: "netcdf-4",
    ...(access.version === undefined ? {} : { version: access.version, versionCoversChunks: true }),
    ...(access.modifiedAt === undefined ? {} : { modifiedAt: access.modifiedAt }),
    ...(isCurrent ? { isCurrent } : {}),
    close: async () => {
      tables.close();
      await access.close?.();
    },
  };
}

const NO_FACTS: DimensionFacts = {
  isScale: false,
  isOnlyDimension: false,
  dimensionId: undefined,
  coordinateIds: undefined,
  scales: undefined,
};

async function readFacts(
  group: GroupNode,
  read: (node: DatasetNode) => Promise<DimensionFacts>,
  warnings: DatasetWarning[],
  facts = new Map<DatasetNode, DimensionFacts>(),
): Promise<Map<DatasetNode, DimensionFacts>> {
  for (const node of group.datasets) {
    try {
      facts.set(node, await read(node));
    } catch (error) {
      warnings.push({ path: node.path, message: `its dimensions have made-up names: ${messageOf(error)}` });
    }
  }
  for (const child of group.groups) await readFacts(child, read, warnings, facts);
  return facts;
}

/** netCDF shows every type but references, times and bit fields, also inside compounds. */
function isNetcdfType(type: Hdf5Type): boolean {
  if (type.kind === "reference") return false;
  if (type.kind === "other") return type.name === "opaque";
  if (type.kind === "compound") return type.members.every((member) => isNetcdfType(member.type));
  return "base" in type ? isNetcdfType(type.base) : true;
}

interface BuildContext {
  readonly shared: FileContext;
  readonly heap: GlobalHeap;
  readonly datasetAt: (path: string) => Hdf5Dataset | undefined;
  readonly namedTypes: readonly Hdf5Type[];
  readonly warnings: DatasetWarning[];
  readonly options: CallOptions;
}

async function buildGroup(plan: PlannedGroup, context: BuildContext): Promise<Dataset> {
  const { heap, warnings, options } = context;
  const path = plan.node.path === "" ? "/" : plan.node.path;
  const attrs = await attributeValues(plan.node.object.attributes, { path, heap, warnings }, options);
  const variables = new Map<string, Variable>();
  for (const planned of plan.variables) {
    const variable = await buildVariable(planned, context);
    if (variable) variables.set(variable.name, variable);
  }
  const groups = new Map<string, Dataset>();
  for (const child of plan.groups) groups.set(child.node.name, await buildGroup(child, context));
  return { attrs, variables: wholeCoordinates({ attrs, variables }), groups };
}

async function buildVariable(planned: PlannedVariable, context: BuildContext): Promise<Variable | undefined> {
  const { shared, heap, datasetAt, namedTypes, warnings, options } = context;
  const { node, name, dims } = planned;
  const { object: dataset, path } = node;
  const leaveOut = (reason: string) => {
    warnings.push({ path, message: `left out: ${reason}` });
    return undefined;
  };
  const element = elementTypeOf(dataset, namedTypes);
  if ("reason" in element) return leaveOut(element.reason);
  const obstacle = await virtualObstacle(dataset, { heap, datasetAt }, options);
  if (obstacle !== undefined) return leaveOut(obstacle);
  // fixed dimensions: the dataset's own shape, which netCDF requires to be that of the dimension
  const shape = dims.map((dim, axis) => (dim.isUnlimited ? dim.length : (dataset.space.shape[axis] ?? 0)));
  const isCoordinate = dims.length === 1 && dims[0]?.name === name;
  const fill = await fillValueOf(dataset, element, { ...options, heap });
  const source = variableSource({
    ...shared,
    dataset: detached(dataset),
    path,
    element,
    fill,
    shape,
    isCoordinate,
  });
  if ("reason" in source) return leaveOut(source.reason);
  const attrs = publishedAttributes(
    await attributeValues(dataset.attributes, { path, heap, warnings }, options),
  );
  return { name, dims: dims.map((dim) => dim.name), attrs, source };
}

/**
 * The part of a dataset that its source needs, without views into the pages that the structure was read from: they
 * would stay in memory as long as the dataset is open.
 */
function detached(dataset: Hdf5Dataset): Hdf5Dataset {
  const { fill, layout } = dataset;
  return {
    ...dataset,
    attributes: [],
    problems: [],
    fill: typeof fill === "string" ? fill : new Uint8Array(fill),
    layout: layout.kind === "compact" ? { kind: "compact", data: new Uint8Array(layout.data) } : layout,
  };
}
