import { duration, isoTime } from "@zarr-gateway/plugin";
import { isGatewayError } from "@zarr-gateway/primitives";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { coercedParameters } from "./coerced-parameters.ts";
import { parameterSchema, propertyTitle } from "./parameter-schema.ts";

const SYNTH = z.object({
  start_time: z.array(isoTime()).prefault(["2024-01-01T00:00:00"]),
  num_steps: z.int().min(1).max(1000).default(4).describe("Number of steps (must be between 1 and 1000)"),
  mode: z.enum(["ok", "fail"]).default("ok"),
  data_source: z.enum(["gfs"]).default("gfs"),
  gap: duration().default(21_600_000),
  seed_base: z.int().optional(),
  names: z.array(z.string()).nullable().default(null),
  amplitude: z.number().min(0).max(1).default(0.15),
  plots: z.boolean().default(true),
});
const schema = parameterSchema("synth", SYNTH);

function refusal(input: unknown): { readonly message: string; readonly problems: unknown } {
  try {
    coercedParameters(schema, input);
  } catch (error) {
    if (!isGatewayError(error)) throw error;
    return { message: error.message, problems: error.details["problems"] };
  }
  throw new Error("was accepted");
}

describe("the JSON Schema of parameters", () => {
  it("is spelled as pydantic spells it, to the order of its keywords", () => {
    expect(JSON.stringify(schema)).toBe(
      JSON.stringify({
        additionalProperties: false,
        properties: {
          start_time: {
            default: ["2024-01-01T00:00:00"],
            items: { format: "date-time", type: "string" },
            title: "Start Time",
            type: "array",
          },
          num_steps: {
            default: 4,
            description: "Number of steps (must be between 1 and 1000)",
            maximum: 1000,
            minimum: 1,
            title: "Num Steps",
            type: "integer",
          },
          mode: { default: "ok", enum: ["ok", "fail"], title: "Mode", type: "string" },
          data_source: { const: "gfs", default: "gfs", title: "Data Source", type: "string" },
          gap: { default: "PT6H", format: "duration", title: "Gap", type: "string" },
          seed_base: { anyOf: [{ type: "integer" }, { type: "null" }], default: null, title: "Seed Base" },
          names: {
            anyOf: [{ items: { type: "string" }, type: "array" }, { type: "null" }],
            default: null,
            title: "Names",
          },
          amplitude: { default: 0.15, maximum: 1, minimum: 0, title: "Amplitude", type: "number" },
          plots: { default: true, title: "Plots", type: "boolean" },
        },
        title: "SynthParameters",
        type: "object",
      }),
    );
  });

  it("requires what has no default, and knows objects in objects", () => {
    const nested = z.object({ count: z.int(), area: z.object({ west: z.number() }) }).describe("Of a test");
    expect(parameterSchema("my-own_workflow", nested)).toEqual({
      additionalProperties: false,
      description: "Of a test",
      properties: {
        count: { title: "Count", type: "integer" },
        area: {
          additionalProperties: false,
          properties: { west: { title: "West", type: "number" } },
          required: ["west"],
          title: "Area",
          type: "object",
        },
      },
      required: ["count", "area"],
      title: "MyOwnWorkflowParameters",
      type: "object",
    });
  });

  it("is refused for types that it cannot say, with the parameter", () => {
    const wrong = z.object({ nsteps: z.int(), since: z.date().optional() });
    expect(() => parameterSchema("any", wrong)).toThrow(
      "parameters.since: Date cannot be represented in JSON Schema",
    );
  });

  it("titles names as Python does", () => {
    expect(["nsteps", "plot_step", "seed2_base", "t2m"].map(propertyTitle)).toEqual([
      "Nsteps",
      "Plot Step",
      "Seed2 Base",
      "T2M",
    ]);
  });
});

describe("parameters of a request", () => {
  it("are filled up with defaults", () => {
    const expected = {
      start_time: ["2024-01-01T00:00:00"],
      num_steps: 4,
      mode: "ok",
      data_source: "gfs",
      gap: "PT6H",
      seed_base: null,
      names: null,
      amplitude: 0.15,
      plots: true,
    };
    for (const nothing of [undefined, null, {}]) expect(coercedParameters(schema, nothing)).toEqual(expected);
  });

  it.each([
    [{ num_steps: "10" }, { num_steps: 10 }],
    [{ num_steps: "10.0" }, { num_steps: 10 }],
    [{ num_steps: true }, { num_steps: 1 }],
    [{ plots: "false" }, { plots: false }],
    [{ plots: 1 }, { plots: true }],
    [{ amplitude: "0.5" }, { amplitude: 0.5 }],
    [{ gap: 21_600 }, { gap: "PT6H" }],
    [{ gap: "21600.0" }, { gap: "PT6H" }],
    [{ gap: "PT90M" }, { gap: "PT1H30M" }],
    [{ start_time: ["2024-01-01T00"] }, { start_time: ["2024-01-01T00:00:00"] }],
    [{ start_time: ["2024-01-01 06:00:00Z"] }, { start_time: ["2024-01-01T06:00:00"] }],
    [{ start_time: [] }, { start_time: [] }],
    [{ seed_base: "7" }, { seed_base: 7 }],
    [{ names: ["t2m"] }, { names: ["t2m"] }],
  ])("read %j as %j", (input, expected) => {
    expect(coercedParameters(schema, input)).toMatchObject(expected);
  });

  it.each([
    [{ num_steps: "not_an_int" }, "num_steps\n  Input should be a valid integer, unable to parse"],
    [{ num_steps: 1.5 }, "num_steps\n  Input should be a valid integer, got a number with a fractional part"],
    [{ num_steps: 0 }, "num_steps\n  Input should be greater than or equal to 1"],
    [{ num_steps: "1001" }, "num_steps\n  Input should be less than or equal to 1000"],
    [{ num_steps: null }, "num_steps\n  Input should be a valid integer"],
    [{ mode: "other" }, "mode\n  Input should be 'ok' or 'fail'"],
    [{ data_source: "era5" }, "data_source\n  Input should be 'gfs'"],
    [{ plots: "perhaps" }, "plots\n  Input should be a valid boolean"],
    [{ gap: "6 hours" }, "gap\n  Input should be a valid duration"],
    [{ names: ["t2m", 3] }, "names.1\n  Input should be a valid string"],
    [{ typo: 1 }, "typo\n  Extra inputs are not permitted"],
    [
      { start_time: ["2024-01-01"] },
      "start_time[0] = '2024-01-01' is not a valid ISO 8601 datetime format. Expected format with time component",
    ],
    [{ start_time: ["2024-01-01T00:00:00", 5] }, "start_time[1] must be a string or datetime, got int"],
    [{ start_time: ["2024-02-30T00:00:00"] }, "is not a valid ISO 8601 datetime format"],
    [{ start_time: "2024-01-01T00:00:00" }, "start_time\n  Input should be a valid list"],
    [[], "Input should be an object"],
    ["text", "Input should be an object"],
  ])("are refused where they are %j", (input, text) => {
    expect(refusal(input).message).toContain(text);
  });

  it("are refused with every problem, as text and as data", () => {
    const { message, problems } = refusal({ num_steps: 0, mode: "x", big: "y".repeat(10_000) });
    expect(message.split("\n")[0]).toBe("3 validation errors for SynthParameters");
    expect(message.length).toBeLessThan(1000);
    expect(problems).toMatchObject([
      { path: "num_steps", input: 0 },
      { path: "mode", input: "x" },
      { path: "big" },
    ]);
  });

  it("may have models inside of models, as Python's schemas say them", () => {
    const python = {
      $defs: {
        Area: {
          properties: { west: { type: "number" } },
          required: ["west"],
          type: "object",
          additionalProperties: false,
        },
      },
      properties: {
        area: { $ref: "#/$defs/Area" },
        other: { allOf: [{ $ref: "#/$defs/Area" }], default: { west: 1 } },
      },
      required: ["area"],
      title: "P",
      type: "object",
      additionalProperties: false,
    };
    expect(coercedParameters(python, { area: { west: "2" } })).toEqual({
      area: { west: 2 },
      other: { west: 1 },
    });
    expect(() => coercedParameters(python, { area: { east: 2 } })).toThrow("area.west\n  Field required");
  });

  it("end nowhere deeper than parameters are", () => {
    let deep: unknown = 1;
    for (let level = 0; level < 5000; level += 1) deep = [deep];
    const anything = {
      type: "object",
      properties: { a: { $ref: "#/$defs/L" } },
      $defs: { L: { type: "array", items: { $ref: "#/$defs/L" } } },
    };
    expect(() => coercedParameters(anything, { a: deep })).toThrow("nested too deeply");
  });
});
