/** The bytes are not those of the version that was looked up: they go to who asked, and are not kept. */
export class Changed extends Error {
  readonly bytes: Uint8Array | undefined;

  constructor(bytes: Uint8Array | undefined) {
    super("the bytes have changed");
    this.bytes = bytes;
  }
}
