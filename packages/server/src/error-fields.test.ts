import { GatewayError } from "@zarr-gateway/primitives";
import { describe, expect, it } from "vitest";
import { errorFields } from "./error-fields.ts";
import { createLog } from "./log.ts";

describe("errors in the log", () => {
  it("have a reason and no stack where they were raised on purpose", () => {
    const reason = new GatewayError("forbidden", "a redirect leaves the allowed locations");
    const error = new GatewayError("forbidden", "the target of x/0", { key: "x/0" }, reason);
    expect(errorFields(error)).toEqual({
      type: "GatewayError",
      message: "the target of x/0",
      causes: ["a redirect leaves the allowed locations"],
      details: { key: "x/0" },
    });
  });

  it("have the stack of what nobody expected, and nothing that libraries hang on it", () => {
    const bug = Object.assign(new TypeError("x is undefined"), { $request: { authorization: "secret" } });
    for (const error of [bug, new GatewayError("internal", "failed", {}, bug)]) {
      const text = JSON.stringify(errorFields(error));
      expect(text).toContain("error-fields.test.ts");
      expect(text).not.toContain("secret");
    }
  });

  it("are written so, and end for causes that go in circles", () => {
    const lines: string[] = [];
    const log = createLog({ stream: { write: (line) => lines.push(line) } });
    const circle = new Error("round");
    circle.cause = circle;
    log.warn({ err: circle }, "round");
    log.warn({ err: "only text" }, "text");
    expect(lines.map((line) => (JSON.parse(line) as { err: { message: string } }).err.message)).toEqual([
      "round",
      "only text",
    ]);
  });
});
