/**
 * Attributes keep the number type of their source, because clients decode by it (xarray chooses the type of unpacked
 * values from the type of `scale_factor`): **integers are bigint, floating-point numbers are number**.
 */
export type AttributeValue =
  | null
  | boolean
  | string
  | number
  | bigint
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue };
export type Attributes = Readonly<Record<string, AttributeValue>>;
