import type { ChunkSource } from "@zarr-gateway/dataset";
import { chunkedSource } from "./chunked-source.ts";
import { libraryObstacle, librarySource } from "./library-source.ts";
import { plainSource } from "./plain-source.ts";
import { storedCodecs } from "./stored-codecs.ts";
import type { VariableContext } from "./variable-context.ts";

/** The way to the chunks of a variable, or why there is none. */
export function variableSource(variable: VariableContext): ChunkSource | { readonly reason: string } {
  const { dataset, element } = variable;
  const { layout, filters, type } = dataset;
  if (dataset.space.kind === "null") return { reason: "it has no elements" };
  if (dataset.isExternal) return { reason: "its data lie in other files" };
  if (layout.kind === "virtual" || element.padded) return byLibrary(variable);
  if (layout.kind === "chunked") {
    if (layout.elementBytes !== type.size) return { reason: "its chunks have elements of another size" };
    if (dataset.space.shape.length !== layout.chunkShape.length)
      return { reason: "its chunks have another rank" };
    const codecs = storedCodecs(filters, element, type.size);
    return codecs ? chunkedSource(variable, layout, codecs) : byLibrary(variable);
  }
  const codecs = storedCodecs([], element, type.size);
  return codecs ? plainSource(variable, layout, codecs) : { reason: "its elements cannot be described" };
}

function byLibrary(variable: VariableContext): ChunkSource | { readonly reason: string } {
  const reason = libraryObstacle(variable);
  return reason === undefined ? librarySource(variable) : { reason };
}
