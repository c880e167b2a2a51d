/** A CQL2 expression as its JSON form has it (OGC 21-065r2 §8). Not checked: `compileFilter` does. */
export type Expression =
  | string
  | number
  | boolean
  | null
  | readonly Expression[]
  | { readonly op: string; readonly args: readonly Expression[] }
  | { readonly [member: string]: unknown };

export const MAX_DEPTH = 64;
export const MAX_NODES = 5000;
