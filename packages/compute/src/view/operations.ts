import { isel } from "./select/isel.ts";
import type { ViewOperation } from "./view-operation.ts";

/** Every word of the view language, in the order in which the docs list them. */
export const OPERATIONS: readonly ViewOperation[] = [isel];
