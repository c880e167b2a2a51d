import { readFileSync } from "node:fs";
import { ERROR_CODES, GatewayError } from "@zarr-gateway/primitives";
import { HTTPException } from "hono/http-exception";
import { describe, expect, it } from "vitest";
import { PROBLEMS, PROTOCOL_PROBLEMS, problemResponse } from "./problem.ts";

const asked = { env: undefined, req: { method: "GET" } };

describe("problemResponse", () => {
  it("is a problem document with the message as detail", async () => {
    const response = problemResponse(asked, new GatewayError("not_found", "Dataset 'x' not found"));
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toEqual({
      type: "urn:zarr-gateway:error:not_found",
      title: "Not found",
      status: 404,
      code: "not_found",
      detail: "Dataset 'x' not found",
    });
  });
  it("tells nothing of an error that nobody raised on purpose", async () => {
    const response = problemResponse(asked, new Error("ENOENT: open '/srv/secret/data.nc'"));
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(text).not.toContain("secret");
    expect(text).toContain('"code":"internal"');
  });
  it("is a page for browsers, in which nothing runs", async () => {
    const accepts = (accept: string) => ({ env: undefined, req: { method: "GET", header: () => accept } });
    const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    const error = new GatewayError("upstream", "<script>alert(1)</script>\u202e is torn");
    const response = problemResponse(accepts(browser), error);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    const text = await response.text();
    expect(text).toContain("&#60;script&#62;alert(1)&#60;/script&#62;  is torn");
    expect(text).not.toContain("<script");
    for (const accept of ["*/*", "application/json, text/html", "text/html;q=0.5, application/json", ""])
      expect(problemResponse(accepts(accept), error).headers.get("content-type")).toBe(
        "application/problem+json",
      );
  });
  it("says when to come again", () => {
    const busy = new GatewayError("overloaded", "busy");
    const tape = new GatewayError("overloaded", "on tape", { retryAfterSeconds: 10800 });
    expect(problemResponse(asked, busy).headers.get("retry-after")).toBe("1");
    expect(problemResponse(asked, tape).headers.get("retry-after")).toBe("10800");
  });
  it("challenges who is not authorised", () => {
    const response = problemResponse(asked, new GatewayError("unauthorized", "a key is needed"));
    expect(response.headers.get("www-authenticate")).toBe("Bearer");
  });
  it("keeps the status of Hono's own exceptions, and a time-out is the source's failure", () => {
    expect(problemResponse(asked, new HTTPException(403, { message: "no" })).status).toBe(403);
    expect(problemResponse(asked, new DOMException("late", "TimeoutError")).status).toBe(502);
  });
  it("sends no body on HEAD, with the length of GET's", async () => {
    const error = new GatewayError("forbidden", "no");
    const get = problemResponse(asked, error);
    const head = problemResponse({ env: undefined, req: { method: "HEAD" } }, error);
    expect(await head.text()).toBe("");
    expect(head.headers.get("content-length")).toBe(get.headers.get("content-length"));
  });
});

describe("docs/errors.md", () => {
  const text = readFileSync(new URL("../../../docs/errors.md", import.meta.url), "utf8");
  const rows = [...text.matchAll(/^\| `(\w+)` +\| (\d{3}) +\|/gm)].map(
    ([, code, status]) => `${code} ${status}`,
  );

  it("explains every code with its status, and no other", () => {
    expect(rows.sort()).toEqual(ERROR_CODES.map((code) => `${code} ${PROBLEMS[code].status}`).sort());
  });
  it("explains every status that the protocol itself asks for, and no other", () => {
    const protocolRows = [...text.matchAll(/^\| (\d{3}) +\| `(\w+)` +\|/gm)].map(
      ([, status, code]) => `${status} ${code}`,
    );
    expect(protocolRows).toEqual(
      Object.entries(PROTOCOL_PROBLEMS).map(([status, { code }]) => `${status} ${code}`),
    );
  });
});
