/**
 * Pictures of equal size as one that moves: the frames of single WebP files in a file with `VP8X`, `ANIM` and `ANMF`
 * (RFC 9649 §2.7). It starts again at the end.
 */
export function webpAnimation(
  pictures: readonly Uint8Array[],
  { width, height }: { readonly width: number; readonly height: number },
  delayMs: number,
): Uint8Array {
  const header = new Uint8Array(10);
  header[0] = 0x02 | 0x10; // animation, alpha
  header.set(uint24(width - 1), 4);
  header.set(uint24(height - 1), 7);
  const frames = pictures.map((picture) => {
    const place = [
      ...uint24(0),
      ...uint24(0),
      ...uint24(width - 1),
      ...uint24(height - 1),
      ...uint24(Math.round(delayMs)),
      0x02,
    ];
    return chunk("ANMF", Buffer.concat([Uint8Array.from(place), imageChunks(picture)]));
  });
  const body = Buffer.concat([
    Buffer.from("WEBP", "latin1"),
    chunk("VP8X", header),
    chunk("ANIM", new Uint8Array(6)),
    ...frames,
  ]);
  return chunk("RIFF", body);
}

/** What of a file is the picture: its alpha and its colours. */
function imageChunks(picture: Uint8Array): Uint8Array {
  const view = new DataView(picture.buffer, picture.byteOffset, picture.byteLength);
  const parts: Uint8Array[] = [];
  for (let at = 12; at + 8 <= picture.length; ) {
    const size = view.getUint32(at + 4, true);
    const end = at + 8 + size + (size & 1);
    const name = Buffer.from(picture.subarray(at, at + 4)).toString("latin1");
    if (["ALPH", "VP8 ", "VP8L"].includes(name)) parts.push(picture.subarray(at, end));
    at = end;
  }
  return Buffer.concat(parts);
}

function chunk(name: string, content: Uint8Array): Uint8Array {
  const head = Buffer.alloc(8);
  head.write(name, "latin1");
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content, Buffer.alloc(content.length & 1)]);
}

function uint24(value: number): number[] {
  return [value & 255, (value >> 8) & 255, (value >> 16) & 255];
}
