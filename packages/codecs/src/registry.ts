/** Names of the codecs that can be decoded and encoded. */
export function isCodecKnown(_name: string): boolean {
  return true;
}
