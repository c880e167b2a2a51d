import { type Chunk, isPending, type PendingChunk, postableChunk } from "@zarr-gateway/dataset";
import { GatewayError, isGatewayError, type Transferred } from "@zarr-gateway/primitives";

/** A chunk on its way to another thread: its values, or its bytes and the task that decodes them there. */
export type PostedChunk =
  | { readonly chunk: Chunk }
  | { readonly module: string; readonly name: string; readonly input: unknown; readonly label: string };

export function postedChunk(chunk: Chunk | PendingChunk): Transferred<PostedChunk> {
  if (!isPending(chunk)) {
    const { value, transfer } = postableChunk(chunk);
    return { value: { chunk: value }, transfer };
  }
  const { task, input, label, transfer = [] } = chunk;
  return { value: { module: task.module.href, name: task.name, input, label }, transfer };
}

/**
 * On the other thread.
 * @throws GatewayError as the task does, with the chunk's name in front
 */
export async function receivedChunk(posted: PostedChunk): Promise<Chunk> {
  if ("chunk" in posted) return posted.chunk;
  const { module, name, input, label } = posted;
  const exports = (await import(module)) as Record<string, (input: unknown) => Promise<Transferred<Chunk>>>; // a task module
  try {
    const result = await exports[name]?.(input);
    if (result === undefined) throw new TypeError(`${name} is not exported by the task module`);
    return result.value;
  } catch (error) {
    if (!isGatewayError(error)) throw error;
    throw new GatewayError(error.code, `${label}: ${error.message}`, error.details, error);
  }
}
