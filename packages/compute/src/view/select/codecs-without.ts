import type { CodecSpec } from "@zarr-gateway/dataset";
import { FLAT, SERIALIZERS } from "../../stacked.ts";

/**
 * The codecs of the same bytes seen as a chunk without some dimensions of length 1; undefined where that is not certain.
 * @param dropped one a dimension
 */
export function codecsWithout(
  codecs: readonly CodecSpec[],
  dropped: readonly boolean[],
): CodecSpec[] | undefined {
  const result: CodecSpec[] = [];
  let isSerialized = false;
  for (const codec of codecs) {
    const changed = isSerialized || FLAT.includes(codec.name) ? codec : codecWithout(codec, dropped);
    if (changed === undefined) return undefined;
    result.push(changed);
    isSerialized ||= SERIALIZERS.has(codec.name);
  }
  return isSerialized ? result : undefined;
}

function codecWithout(codec: CodecSpec, dropped: readonly boolean[]): CodecSpec | undefined {
  const { name, configuration } = codec;
  if (SERIALIZERS.has(name)) return codec;
  const order = configuration["order"];
  if (name !== "transpose" || !Array.isArray(order)) return undefined;
  const kept = order.map(Number).filter((axis) => dropped[axis] === false);
  const position = (axis: number): number => dropped.slice(0, axis).filter((isDropped) => !isDropped).length;
  return { name, configuration: { ...configuration, order: kept.map(position) } };
}
