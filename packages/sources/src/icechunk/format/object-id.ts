/** Crockford's alphabet for base 32: no I, L, O, U. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Identifiers as they stand in names of files: 12 bytes are 20 characters. The last bits are filled with zeros. */
export function formatObjectId(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let pending = 0;
  for (const byte of bytes) {
    pending = (pending << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += ALPHABET[(pending >> bits) & 31];
    }
    pending &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + ALPHABET[(pending << (5 - bits)) & 31];
}

/** True for the name of a snapshot, a manifest or a chunk. */
export function isObjectId(text: string): boolean {
  return /^[0-9A-HJKMNP-TV-Z]{19}[0G]$/.test(text);
}
