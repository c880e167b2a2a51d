import { type Dataset, elementCount, type Variable } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import { formatHeader } from "../format-header.ts";
import type { ClassicDimension, ClassicHeader, ClassicVariable } from "../header.ts";
import { padding } from "../header-cursor.ts";
import { variableBytes } from "../layout.ts";
import { type ExternalForm, externalForm } from "./external-form.ts";
import { storedAttributes } from "./stored-attributes.ts";

/** Where one variable lies in a file that is to be written. */
export interface PlannedVariable {
  readonly variable: Variable;
  readonly form: ExternalForm;
  /** First byte and length of its data, padding excluded. */
  readonly begin: number;
  readonly length: number;
}

export interface FilePlan {
  readonly header: Uint8Array;
  /** In the order of the file. */
  readonly variables: readonly PlannedVariable[];
  readonly size: number;
}

/**
 * A file with the variables of one group and no records: 64-bit offsets (CDF-2), or CDF-5 where a type asks for it.
 * @param characters bytes of the longest text of each variable whose texts have no length of their own
 * @throws GatewayError unsupported for what the format cannot hold
 */
export function planFile(group: Dataset, characters: ReadonlyMap<string, number>): FilePlan {
  const dimensions = new DimensionList();
  const planned = [...group.variables.values()].map((variable) => {
    const form = externalForm(
      variable.name,
      variable.source.dtype,
      Math.max(1, characters.get(variable.name) ?? 1),
    );
    const { shape } = variable.source.grid;
    const positions = shape.map((length, axis) => {
      const name = variable.dims[axis] ?? `${variable.name}_dim_${axis}`;
      return dimensions.place(name, length, variable.name, axis);
    });
    const isText = form.type.name === "char";
    if (form.characters !== undefined) positions.push(dimensions.placeCharacters(form.characters));
    const attributes = storedAttributes({ ...variable.attrs, ...form.attrs }, isText ? undefined : form.type);
    const length = elementCount(shape) * (form.characters ?? 1) * form.type.bytes;
    const stored: ClassicVariable = {
      name: variable.name,
      dimensions: positions,
      attributes,
      type: form.type,
      begin: 0,
    };
    return { variable, form, length, stored };
  });
  const attributes = storedAttributes(group.attrs, undefined);
  const types = [...attributes, ...planned.flatMap(({ stored }) => [stored, ...stored.attributes])].map(
    ({ type }) => type.code,
  );
  const header: ClassicHeader = {
    version: Math.max(...types, 0) > 6 ? 5 : 2,
    records: 0,
    dimensions: dimensions.list,
    attributes,
    variables: planned.map(({ stored }) => stored),
  };
  return placed(header, planned);
}

/** Offsets take the same room whatever they are, so that the header's length is known before them. */
function placed(
  header: ClassicHeader,
  planned: readonly (Omit<PlannedVariable, "begin"> & { readonly stored: ClassicVariable })[],
): FilePlan {
  const begins: number[] = [];
  let size = formatHeader(header).length;
  for (const { length } of planned) {
    begins.push(size);
    size += length + padding(length);
  }
  let record = size; // records, of which there are none, lie behind all that is not counted in records
  const variables = planned.map(({ variable, form, length, stored }, at) => {
    const begin = length > 0 ? (begins[at] ?? size) : record;
    if (length === 0) {
      const bytes = variableBytes(header, stored);
      record += bytes + padding(bytes);
    }
    return { variable, form, length, begin, stored: { ...stored, begin } };
  });
  const bytes = formatHeader({ ...header, variables: variables.map(({ stored }) => stored) });
  return { header: bytes, variables, size };
}

class DimensionList {
  readonly list: ClassicDimension[] = [];

  /** Position of the dimension, which is added where it is new. */
  place(name: string, length: number, variable: string, axis: number): number {
    // a length of 0 marks the one dimension along which records are counted: of those there are none then
    const isMisplaced = this.list.some((dimension) => dimension.length === 0 && dimension.name !== name);
    if (length === 0 && (axis > 0 || isMisplaced)) {
      throw new GatewayError(
        "unsupported",
        `the classic NetCDF format has no room for "${variable}" along "${name}", which has length 0`,
      );
    }
    const known = this.list.findIndex((dimension) => dimension.name === name);
    if (known < 0) return this.list.push({ name, length }) - 1;
    if (this.list[known]?.length === length) return known;
    throw new GatewayError(
      "unsupported",
      `NetCDF has one length for a dimension: "${name}" has ${this.list[known]?.length}, and ${length} in "${variable}"`,
    );
  }

  placeCharacters(length: number): number {
    const wanted = `string${length}`;
    for (let copy = 0; ; copy += 1) {
      const name = copy === 0 ? wanted : `${wanted}_${copy}`;
      const known = this.list.find((dimension) => dimension.name === name);
      if (known === undefined || known.length === length) return this.place(name, length, name, 0);
    }
  }
}
