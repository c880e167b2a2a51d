import { UNSHUFFLE_MODULE } from "./unshuffle-module.ts";

/** What unshuffle.wat exports. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  unshuffle2(count: number): void;
  unshuffle4(count: number): void;
  unshuffle8(count: number): void;
}

/** WebAssembly JavaScript Interface §4, as far as it is used here: the project's types are those of Node without a browser. */
const { WebAssembly: WebAssemblyOfJs } = globalThis as unknown as {
  readonly WebAssembly: {
    readonly Module: new (bytes: Uint8Array) => object;
    readonly Instance: new (module: object) => { readonly exports: Exports };
  };
};

/** Where elements are written; planes lie before it. */
const OUTPUT_AT = 65_536;
/** Elements that one vector holds a byte of. */
const LANES = 16;

let loaded: { readonly exports: Exports; readonly memory: Uint8Array } | undefined;

/**
 * Brings the bytes of elements of 2, 4 or 8 bytes together again, sixteen elements a turn in pieces that stay in the
 * processor's cache: five times as fast as a loop.
 * @returns how many elements were done: all but the last few
 */
export function unshuffleWhole(planes: Uint8Array, target: Uint8Array, elementSize: 2 | 4 | 8): number {
  const count = Math.floor(planes.length / elementSize);
  const whole = count - (count % LANES);
  if (whole === 0) return 0;
  const { exports, memory } = load();
  const run =
    elementSize === 2 ? exports.unshuffle2 : elementSize === 4 ? exports.unshuffle4 : exports.unshuffle8;
  const piece = OUTPUT_AT / elementSize;
  for (let done = 0; done < whole; done += piece) {
    const length = Math.min(piece, whole - done);
    for (let plane = 0; plane < elementSize; plane += 1) {
      const start = plane * count + done;
      memory.set(planes.subarray(start, start + length), plane * length);
    }
    run(length);
    target.set(memory.subarray(OUTPUT_AT, OUTPUT_AT + length * elementSize), done * elementSize);
  }
  return whole;
}

function load(): NonNullable<typeof loaded> {
  if (loaded === undefined) {
    const { Module, Instance } = WebAssemblyOfJs;
    const { exports } = new Instance(new Module(Buffer.from(UNSHUFFLE_MODULE, "base64")));
    loaded = { exports, memory: new Uint8Array(exports.memory.buffer) };
  }
  return loaded;
}
