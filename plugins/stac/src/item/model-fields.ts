import type { ModelInterface, TensorInterface } from "@zarr-gateway/dataset";
import { EXTENSIONS } from "./extensions.ts";
import { plainLine } from "./plain-text.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What an item says of the model that makes its dataset. */
export interface ModelParts {
  readonly fields: Fields;
  readonly assets: Readonly<Record<string, Fields>>;
  readonly extensions: readonly string[];
}

/**
 * Fields of the machine-learning extension 1.5. Its asset is the description of the model, not the weights, whose licences
 * seldom let anybody pass them on.
 * @param url of the dataset, without a slash at the end
 */
export function modelParts(model: ModelInterface | undefined, url: string): ModelParts {
  if (model === undefined) return { fields: {}, assets: {}, extensions: [] };
  const { runtime, networks } = model;
  const tasks = ["regression", ...(model.isRandom ? ["generative"] : [])];
  const isSingle = networks.length === 1;
  const named = (key: string, tensor: TensorInterface): string =>
    isSingle ? tensor.name : `${key}.${tensor.name}`;
  return {
    fields: {
      "mlm:name": nameOf(model.title),
      "mlm:architecture": `${networks.length} ${isSingle ? "network" : "networks"}${stepText(model)}`,
      "mlm:tasks": tasks,
      ...(runtime === "onnx" && { "mlm:framework": "ONNX" }),
      "mlm:input": networks.flatMap(({ key, inputs }) =>
        inputs.map((tensor) => ({
          name: named(key, tensor),
          ...contentOf(tensor),
          input: structureOf(tensor),
        })),
      ),
      "mlm:output": networks.flatMap(({ key, outputs }) =>
        outputs.map((tensor) => ({
          name: named(key, tensor),
          tasks,
          ...contentOf(tensor),
          result: structureOf(tensor),
        })),
      ),
    },
    assets: {
      model: {
        href: `${url}/model`,
        type: "application/json",
        title: "Description of the model",
        description: `Networks, tensors and version ${model.version.slice(0, 16)}; the weights are not here`,
        roles: ["mlm:model", "metadata"],
        "mlm:artifact_type": runtime,
      },
    },
    extensions: [EXTENSIONS.mlm],
  };
}

function stepText({ step }: ModelInterface): string {
  return step === undefined ? "" : `, rolled out in steps of ${step}`;
}

/** A letter first, then letters, digits, blanks and `_.-`, as the extension wants names. */
function nameOf(title: string): string {
  const name = plainLine(title, 200)
    .replace(/[^a-zA-Z0-9_.\-\s]+/g, " ")
    .replace(/^[^a-zA-Z]+|[^a-zA-Z0-9]+$/g, "")
    .replace(/\s+/g, " ");
  return name.length >= 3 ? name : `model ${name}`.trimEnd();
}

function structureOf(tensor: TensorInterface): Fields {
  const { dims, shape, dtype } = tensor;
  if (dims.length === 0) return { shape: [1], dim_order: ["value"], data_type: dtype };
  const data_type = dtype === "bool" ? "other" : dtype; // a type of the raster extension
  return { shape, dim_order: dimensionNames(tensor), data_type };
}

/** The axis along which variables lie, also where times or levels are flattened into it. */
const VARIABLES_AXIS = /(^|-)(channel|variable)(-|$)/;

/** The extension has a list of variables exactly where a dimension is named so. */
function hasVariablesAxis({ dims, variables }: TensorInterface): boolean {
  return variables.length > 0 && dims.some((dim) => VARIABLES_AXIS.test(dim));
}

function contentOf(tensor: TensorInterface): Fields {
  if (hasVariablesAxis(tensor)) return { variables: tensor.variables };
  return tensor.variables.length > 0 ? { description: tensor.variables.join(", ") } : {};
}

/** Small letters, `-` and `_` alone, each name once. */
function dimensionNames(tensor: TensorInterface): string[] {
  const names: string[] = [];
  const isVariables = (dim: string): boolean => hasVariablesAxis(tensor) && VARIABLES_AXIS.test(dim);
  for (const dim of tensor.dims) {
    const plain = isVariables(dim) ? "variables" : dim.toLowerCase().replace(/[^a-z_-]+/g, "_");
    let name = plain;
    while (names.includes(name)) name += "_";
    names.push(name);
  }
  return names;
}
