/** What the three writers have in common: named dimensions, and variables with values and attributes. */
export type FieldValues = Float32Array | Float64Array | Int16Array | Int32Array;
export type FieldAttributes = Readonly<Record<string, string | number>>;
export interface Field {
  readonly name: string;
  readonly dims: readonly string[];
  readonly values: FieldValues;
  readonly attrs: FieldAttributes;
  /** Attributes in the type of the values (`_FillValue`), which CF wants so. */
  readonly fill?: number;
  readonly chunks?: readonly number[];
}
export interface Dimensions {
  readonly [name: string]: number;
}
export interface FieldSet {
  readonly dims: Dimensions;
  readonly fields: readonly Field[];
  readonly attrs: FieldAttributes;
}
