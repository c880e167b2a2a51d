import { definePlugin, type HealthCheck } from "@zarr-gateway/plugin";
import { GatewayError } from "@zarr-gateway/primitives";
import { describe, expect, it } from "vitest";
import { startGateway } from "./test-gateway.ts";

function looksAfter(...checks: readonly HealthCheck[]) {
  const names = checks.map(({ name }) => name).join("-");
  const options = { parse: (input: unknown) => input };
  return definePlugin({ name: `of-${names}`, prefix: names, options, setup: () => ({ checks }) });
}

async function ask(checks: readonly HealthCheck[], path = "/health") {
  const gateway = await startGateway([looksAfter(...checks)]);
  const answer = await gateway.request(path);
  const text = await answer.text();
  await gateway.close();
  return { status: answer.status, text, body: JSON.parse(text) as unknown };
}

const queue: HealthCheck = { name: "queue", check: () => ({ status: "pass", waiting: 3 }) };

describe("/health", () => {
  it.each(["/health", "/readiness"])("says at %s what all parts say, at one time", async (path) => {
    const { status, text, body } = await ask([queue], path);
    expect([status, text.startsWith('{"status":"healthy","timestamp":"')]).toEqual([200, true]);
    expect(body).toMatchObject({ version: "1.2.3", components: { queue: { status: "pass", waiting: 3 } } });
  });
  it.each([
    ["says so", async () => ({ status: "fail" as const, reason: "gone" }), { reason: "gone" }],
    ["throws", () => Promise.reject(new GatewayError("upstream", "no database")), { reason: "no database" }],
    ["fails in words of others", () => Promise.reject(new Error("/etc/secret")), { reason: "disk failed" }],
    ["does not answer", () => new Promise<never>(() => {}), { reason: "no answer in 2000 ms" }],
  ])("is 503 where a part that is needed %s", async (_, check, told) => {
    const { status, body, text } = await ask([queue, { name: "disk", check }]);
    expect(status).toBe(503);
    expect(text).not.toContain("secret");
    expect(body).toMatchObject({
      status: "unhealthy",
      reason: "not healthy: disk",
      detail: { status: "unhealthy", reason: "not healthy: disk" },
      components: { queue: { status: "pass" }, disk: { status: "fail", ...told } },
    });
  });
  it("has one plugin for each name", async () => {
    await expect(
      startGateway([looksAfter(queue), { ...looksAfter(queue), name: "b", prefix: "b" }]),
    ).rejects.toThrow("both check the health of queue");
  });
});
