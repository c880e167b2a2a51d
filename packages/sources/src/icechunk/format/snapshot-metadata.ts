import type { Attributes, AttributeValue } from "@zarr-gateway/dataset";
import type { FlatBuffer, Vector } from "./flatbuffer.ts";
import { decodeFlexValue } from "./flex-value.ts";
import { decodeMessagePack } from "./message-pack.ts";

/** Fields of MetadataItem in common.fbs. */
const ITEM = { name: 0, value: 1 } as const;

/**
 * What a writer noted beside the message of a commit.
 * @param version of the format that the file is of: the first wrote values in MessagePack, the second in FlexBuffers
 * @throws GatewayError upstream when it is damaged
 */
export function readMetadata(
  items: Vector | undefined,
  { buffer, version }: { readonly buffer: FlatBuffer; readonly version: number },
): Attributes {
  const decode = version === 1 ? decodeMessagePack : decodeFlexValue;
  const entries = items
    ? Array.from(items.tables(), (item): [string, AttributeValue] => {
        const value = decode(item.required(item.bytes(ITEM.value), "value"), buffer);
        return [item.required(item.string(ITEM.name), "name"), value];
      })
    : [];
  return Object.fromEntries(entries);
}
