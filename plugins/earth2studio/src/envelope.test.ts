import { afterEach, describe, expect, it } from "vitest";
import { type Serving, startServing } from "./testing/serving.ts";

let serving: Serving;
afterEach(() => serving.close());

async function refusal(body: string, type = "application/json"): Promise<unknown> {
  const answer = await serving.post("/v1/infer/synth", body, { "content-type": type });
  return { status: answer.status, body: await answer.json() };
}

describe("the body of a submission", () => {
  it.each(["{}", '{"parameters":null}', '{"parameters":{}}'])(
    "may leave parameters out: %s",
    async (body) => {
      serving = startServing();
      expect((await serving.post("/v1/infer/synth", body)).status).toBe(200);
    },
  );
  it.each([
    ['{"parameters":{},"foo":1}', "application/json", "extra_forbidden", ["body", "foo"], 1],
    ['{"parameters":[1]}', "application/json", "dict_type", ["body", "parameters"], [1]],
    ["[]", "application/json", "model_attributes_type", ["body"], []],
    ['{"parameters":{}}', "text/plain", "model_attributes_type", ["body"], '{"parameters":{}}'],
    ["", "application/json", "missing", ["body"], null],
  ])("is refused as FastAPI refuses it: %s as %s", async (body, type, mistake, loc, input) => {
    serving = startServing();
    expect(await refusal(body, type)).toMatchObject({
      status: 422,
      body: { detail: [{ type: mistake, loc, input }], error: "The request is not what was expected" },
    });
  });
  it("says where JSON ends to be JSON, and why", async () => {
    serving = startServing();
    expect(await refusal('{"parameters":}')).toMatchObject({
      status: 422,
      body: {
        detail: [
          {
            type: "json_invalid",
            loc: ["body", 14],
            msg: "JSON decode error",
            input: {},
            ctx: { error: "Expecting value" },
          },
        ],
        details: "body.14: JSON decode error: Expecting value",
      },
    });
  });
  it("may begin with a byte order mark", async () => {
    serving = startServing();
    expect((await serving.post("/v1/infer/synth", '\uFEFF{"parameters":{}}')).status).toBe(200);
  });
  it("that is no UTF-8 is refused as a whole", async () => {
    serving = startServing();
    const body = Buffer.from('{"parameters":{"text":"\xff"}}', "latin1");
    const headers = { "content-type": "application/json" };
    const answer = await serving.get("/v1/infer/synth", { method: "POST", body, headers });
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { detail: "There was an error parsing the body" },
    ]);
  });
  it.each([
    ['{"a":{"b":[1,NaN]}}', "a.b.1\n  Input should be a finite number"],
    ['{"a":-Infinity}', "a\n  Input should be a finite number"],
    ['{"a":1e400}', "a\n  Input should be a finite number"],
    ['{"a":"\\ud800"}', "a\n  Input should be a valid string, unable to parse raw data as a unicode string"],
    [`{"a":${"[".repeat(2000)}${"]".repeat(2000)}}`, "a\n  Input should have at most 500 levels"],
  ])("may have nothing among the parameters that nobody can keep: %.40s", async (parameters, reason) => {
    serving = startServing();
    expect(await refusal(`{"parameters":${parameters}}`)).toMatchObject({
      status: 422,
      body: { detail: `Invalid parameters for workflow 'synth': 1 validation error\n${reason}` },
    });
  });
  it("with null parameters is refused where strictness is wanted, without the keys that upstream lacks", async () => {
    serving = startServing({ strict: true });
    expect(await refusal('{"parameters":null}')).toEqual({
      status: 422,
      body: {
        detail: [
          {
            type: "dict_type",
            loc: ["body", "parameters"],
            msg: "Input should be a valid dictionary",
            input: null,
          },
        ],
      },
    });
  });
  it("of more than a mebibyte is not read", async () => {
    serving = startServing();
    const body = JSON.stringify({ parameters: { text: "x".repeat(1024 * 1024) } });
    expect((await serving.post("/v1/infer/synth", body)).status).toBe(413);
  });
});
