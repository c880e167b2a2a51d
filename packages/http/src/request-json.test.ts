import { describe, expect, it } from "vitest";
import { requestJson } from "./request-json.ts";

const ask = (body: string): Promise<unknown> =>
  requestJson(new Request("http://x/", { method: "POST", body }), { maxBytes: 100_000 });

describe("the JSON body of a request", () => {
  it("is what JSON says, and undefined where there is none", async () => {
    expect(await ask('{"a": ["}", "\\"["]}')).toEqual({ a: ["}", '"['] });
    expect(await ask("  ")).toBeUndefined();
  });
  it("is refused where it is too long, too deep or no JSON", async () => {
    await expect(ask("x".repeat(100_001))).rejects.toMatchObject({ code: "too_large" });
    await expect(ask("[".repeat(50_000))).rejects.toMatchObject({ code: "invalid_request" });
    await expect(ask('{"a": ')).rejects.toThrow('body: expected JSON; got "{\\"a\\": "');
    await expect(ask(`"${"\\".repeat(90_000)}`)).rejects.toMatchObject({ code: "invalid_request" });
  });
});
