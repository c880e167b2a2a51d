import { isGatewayError } from "@zarr-gateway/primitives";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CLASSIC_TYPES } from "./classic-type.ts";
import { formatHeader } from "./format-header.ts";
import type { ClassicAttribute, ClassicHeader, ClassicVariable } from "./header.ts";
import { isClassic, parseHeader } from "./header.ts";

const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
const type = fc.constantFrom(...CLASSIC_TYPES.values());

const attribute: fc.Arbitrary<ClassicAttribute> = fc
  .tuple(name, type, fc.nat(4))
  .chain(([attributeName, attributeType, count]) =>
    fc
      .uint8Array({ minLength: count * attributeType.bytes, maxLength: count * attributeType.bytes })
      .map((bytes) => ({ name: attributeName, type: attributeType, bytes })),
  );
const attributes = fc.array(attribute, { maxLength: 4 });

function variable(dimensions: number, begin: number): fc.Arbitrary<ClassicVariable> {
  // position 0 is the record dimension, which only the first axis may have
  const axes = fc.array(fc.integer({ min: 1, max: Math.max(1, dimensions - 1) }), { maxLength: 3 });
  const positions = fc
    .tuple(fc.boolean(), axes)
    .map(([isRecord, rest]) => (dimensions < 2 ? [] : isRecord ? [0, ...rest] : rest));
  return fc.record({
    name,
    dimensions: positions,
    attributes,
    type,
    begin: fc.integer({ min: 0, max: begin }),
  });
}

const header: fc.Arbitrary<ClassicHeader> = fc
  .tuple(
    fc.constantFrom(1 as const, 2 as const, 5 as const),
    fc.array(fc.tuple(name, fc.integer({ min: 1, max: 2 ** 31 - 1 })), { maxLength: 4 }),
  )
  .chain(([version, lengths]) => {
    const begin = version === 1 ? 2 ** 31 - 1 : Number.MAX_SAFE_INTEGER;
    const dimensions = [{ name: "time", length: 0 }, ...lengths.map(([n, length]) => ({ name: n, length }))];
    return fc.record({
      version: fc.constant(version),
      records: fc.option(fc.integer({ min: 0, max: 2 ** 31 - 1 }), { nil: undefined }),
      dimensions: fc.constant(dimensions),
      attributes,
      variables: fc.array(variable(dimensions.length, begin), { maxLength: 4 }),
    });
  });

describe("parseHeader", () => {
  it("reads back what formatHeader wrote", () => {
    fc.assert(
      fc.property(header, (value) => {
        const bytes = formatHeader(value);
        expect(parseHeader(bytes, bytes.length)).toEqual(plainBytes(value));
      }),
    );
  });

  it("asks for more where the header goes on past the bytes at hand", () => {
    fc.assert(
      fc.property(header, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (value, part) => {
        const bytes = formatHeader(value);
        const cut = Math.floor(bytes.length * part);
        expect(parseHeader(bytes.subarray(0, cut), bytes.length)).toBeUndefined();
      }),
    );
  });

  it("says truncated where the file ends within the header", () => {
    fc.assert(
      fc.property(header, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (value, part) => {
        const cut = formatHeader(value).subarray(0, Math.floor(formatHeader(value).length * part));
        expect(() => parseHeader(cut, cut.length)).toThrow(/^truncated: /);
      }),
    );
  });

  it("answers damaged headers with a GatewayError or a header, never with anything else", () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(header, damage, (value, changes) => {
        const bytes = Uint8Array.from(formatHeader(value));
        for (const [position, byte] of changes) bytes[position % bytes.length] = byte;
        try {
          parseHeader(bytes, bytes.length);
        } catch (error) {
          expect(isGatewayError(error) && error.code).toBe("upstream");
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("refuses a count that the file has no room for before it makes anything of it", () => {
    const bytes = Uint8Array.of(0x43, 0x44, 0x46, 1, 0, 0, 0, 0, 0, 0, 0, 10, 0xff, 0xff, 0xff, 0xfe);
    expect(() => parseHeader(bytes, 1_000_000)).toThrow(/truncated: number of dimensions is 4294967294/);
  });

  it("knows the three versions by their first four bytes", () => {
    expect([1, 2, 3, 4, 5].map((version) => isClassic(Uint8Array.of(0x43, 0x44, 0x46, version)))).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
    expect(isClassic(Uint8Array.of(0x89, 0x48, 0x44, 0x46))).toBe(false);
    expect(isClassic(new Uint8Array(0))).toBe(false);
  });
});

/** Parsed bytes are plain views; fast-check and Buffer make other kinds of array that compare as unequal. */
function plainBytes(value: ClassicHeader): ClassicHeader {
  const plain = (list: readonly ClassicAttribute[]): ClassicAttribute[] =>
    list.map((item) => ({ ...item, bytes: Buffer.from(item.bytes) }));
  return {
    ...value,
    attributes: plain(value.attributes),
    variables: value.variables.map((item) => ({ ...item, attributes: plain(item.attributes) })),
  };
}
