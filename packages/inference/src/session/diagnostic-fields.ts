import type { ModelPackage } from "../model-package.ts";
import type { OutputRow } from "../tensor/output-tensor.ts";
import { nowhere } from "./next-state.ts";

/** Fields that diagnostic networks write for one row of a batch. */
export interface DiagnosticFields {
  readonly output: OutputRow;
  readonly written: Map<string, Float32Array>;
}

export function diagnosticFields(model: ModelPackage): DiagnosticFields {
  const written = new Map<string, Float32Array>();
  return {
    written,
    output: {
      before: new Map(),
      target(name) {
        const variable = model.variables.find((one) => one.name === name);
        if (variable === undefined) throw new Error(`no variable ${name}`);
        const values = written.get(name) ?? nowhere(model, variable);
        written.set(name, values);
        return values;
      },
      adopt: (name, _time, values) => void written.set(name, values),
    },
  };
}
