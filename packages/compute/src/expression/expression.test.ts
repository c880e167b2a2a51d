import { describe, expect, it } from "vitest";
import { constantSource } from "../constant-source.ts";
import { combinedAttributes, formulaAttributes } from "./combined-attributes.ts";
import { elementwise, type Operand } from "./elementwise.ts";
import { isNumberType, promoted } from "./number-types.ts";
import { parseExpression } from "./parse-expression.ts";
import { printExpression } from "./print-expression.ts";
import { typedExpression } from "./typed-expression.ts";

const OPERANDS: Readonly<Record<string, Operand>> = {
  a: {
    name: "a",
    dims: ["x", "y"],
    source: constantSource({
      dtype: "float32",
      fill: null,
      shape: [2, 3],
      values: Float32Array.of(1, 2, 3, 4, 5, Number.NaN),
    }),
  },
  i: {
    name: "i",
    dims: ["y"],
    source: constantSource({ dtype: "int16", fill: null, shape: [3], values: Int16Array.of(10, 20, 30) }),
  },
  l: {
    name: "l",
    dims: [],
    source: constantSource({
      dtype: "int64",
      fill: null,
      shape: [],
      values: BigInt64Array.of(9_007_199_254_740_993n),
    }),
  },
};

async function worked(text: string): Promise<{ dtype: string; dims: unknown; values: unknown[] }> {
  const operands: Operand[] = [];
  const expression = typedExpression(parseExpression(text, 0), (name) => {
    const operand = OPERANDS[name];
    const type = operand?.source.dtype;
    if (operand === undefined || type === undefined || !isNumberType(type)) throw new Error(name);
    if (!operands.includes(operand)) operands.push(operand);
    return { kind: "operand", index: operands.indexOf(operand), type };
  });
  const { dims, source } = elementwise({ expression, operands });
  const chunk = await source.read(dims.map(() => 0));
  return { dtype: source.dtype, dims, values: [...(chunk?.values ?? [])] };
}

// the right-hand sides are those of numpy 2
describe("formulas", () => {
  it("have numpy's types, and spread along dimensions of the same name", async () => {
    expect(await worked("i+a")).toEqual({
      dtype: "float32",
      dims: ["y", "x"],
      values: [11, 14, 22, 25, 33, Number.NaN],
    });
    expect(await worked("i/4")).toEqual({ dtype: "float64", dims: ["y"], values: [2.5, 5, 7.5] });
    expect(await worked("sqrt(i)")).toMatchObject({ dtype: "float32" });
    expect(await worked("i*2")).toMatchObject({ dtype: "int16", values: [20, 40, 60] });
    expect(await worked("l+1")).toEqual({ dtype: "int64", dims: [], values: [9_007_199_254_740_994n] });
  });

  it("choose with where, and skip nothing", async () => {
    expect(await worked("where(a>2,a,-1)")).toMatchObject({ values: [-1, -1, 3, 4, 5, -1] });
    expect(await worked("maximum(a,3)")).toMatchObject({ values: [3, 3, 3, 4, 5, Number.NaN] });
    expect(await worked("isnan(a)")).toMatchObject({ dtype: "bool", values: [0, 0, 0, 0, 0, 1] });
    expect(await worked("round(i/4)")).toMatchObject({ values: [2, 5, 8] });
  });

  it("are printed in one way that means the same", () => {
    const texts = [
      ["a + b*c", "a+b*c"],
      ["(a+b)*c", "(a+b)*c"],
      ["a-(b-c)", "a-(b-c)"],
      ["(a-b)-c", "a-b-c"],
      ["-a**2", "-a**2"],
      ["(-a)**2", "(-a)**2"],
      ["a**-b**2", "a**-b**2"],
      ["2.0*a/1e3", "2.0*a/1000.0"],
      ['sqrt( "my var" ) >= 0', 'sqrt("my var")>=0'],
      ["(a<b)+(c)", "(a<b)+c"],
    ] as const;
    for (const [text, printed] of texts) {
      expect(printExpression(parseExpression(text, 0))).toBe(printed);
      expect(printExpression(parseExpression(printed, 0))).toBe(printed);
    }
  });

  it("say where they are wrong", () => {
    expect(() => parseExpression("a+*b", 10)).toThrow("(at position 12 of the view)");
    expect(() => parseExpression("a b", 10)).toThrow("(at position 12 of the view)");
    expect(() => parseExpression("(a", 10)).toThrow('expected ")"');
    expect(() => parseExpression("a$b", 0)).toThrow("means nothing in a formula");
    expect(() => parseExpression("a+".repeat(5000), 0)).toThrow("at most 200");
    expect(() => parseExpression("--".repeat(5000), 0)).toThrow("too many levels");
  });

  it("meet as numpy promotes", () => {
    expect([
      promoted("int8", "uint8"),
      promoted("int64", "uint64"),
      promoted("int16", "float16"),
      promoted("int32", "float32"),
      promoted("bool", "int8"),
      promoted("float32", "float literal"),
      promoted("int8", "float literal"),
      promoted("uint8", "integer literal"),
    ]).toEqual(["int16", "float64", "float32", "float64", "int8", "float32", "float64", "uint8"]);
  });

  it("keep attributes that do not contradict each other", () => {
    expect(
      combinedAttributes([
        { units: "K", name: "u", _FillValue: 1 },
        { units: "K", name: "v" },
      ]),
    ).toEqual({
      units: "K",
    });
    const attrs = { u: { units: "K" }, v: { units: "m" } };
    const of = (text: string): unknown =>
      formulaAttributes(parseExpression(text, 0), (name) => (name === "u" ? attrs.u : attrs.v));
    expect([of("u+v"), of("2*u"), of("minimum(u,v)"), of("where(u>v,v,u)"), of("where(u>1,1,u)")]).toEqual([
      {},
      { units: "K" },
      { units: "K" },
      { units: "m" },
      {},
    ]);
  });
});
