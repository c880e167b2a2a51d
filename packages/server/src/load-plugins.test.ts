import { definePlugin, type Plugin, provide, type Service } from "@zarr-gateway/plugin";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { startGateway } from "./test-gateway.ts";

const ClockService: Service<() => number> = { id: "test.clock" };
const anything = { parse: (input: unknown) => input };

function plugin(name: string, changes: Partial<Plugin<unknown>> = {}): Plugin<unknown> {
  return definePlugin({ name, prefix: "", options: anything, setup: () => ({}), ...changes });
}
const routesOf = (method: string, path: string) => () => {
  const routes = new Hono();
  routes.on(method, [path], (c) => c.text("ok"));
  return { routes };
};

describe("loading plugins", () => {
  it("sets up who provides a service before who wants it, and does without where nobody does", async () => {
    const found: (number | undefined)[] = [];
    const user = plugin("user", {
      wants: [ClockService],
      setup: (host) => {
        found.push(host.find(ClockService)?.());
        return {};
      },
    });
    const clock = plugin("clock", {
      provides: [ClockService],
      setup: () => ({ services: [provide(ClockService, () => 7)] }),
    });
    for (const uses of [[user, clock], [user]]) await (await startGateway(uses)).close();
    expect(found).toEqual([7, undefined]);
  });
  it("sets up who provides a service before who requires it, and closes in reverse", async () => {
    const events: string[] = [];
    const user = plugin("user", {
      requires: [ClockService],
      setup: (host) => {
        events.push(`user at ${host.use(ClockService)()}`);
        return { close: async () => void events.push("close user") };
      },
    });
    const clock = plugin("clock", {
      provides: [ClockService],
      setup: () => ({
        services: [provide(ClockService, () => 7)],
        close: async () => void events.push("close clock"),
      }),
    });
    const gateway = await startGateway([user, clock]);
    await gateway.close();
    expect(events).toEqual(["user at 7", "close user", "close clock"]);
  });
  it.each<[string, readonly Plugin<unknown>[], RegExp]>([
    ["a name that comes twice", [plugin("a"), plugin("a")], /"a".*twice/],
    [
      "a prefix that comes twice",
      [plugin("a", { prefix: "x" }), plugin("b", { prefix: "x" })],
      /"b".*prefix "x".*"a"/,
    ],
    ["a prefix of two segments", [plugin("a", { prefix: "x/y" })], /"a".*prefix/],
    [
      "a service that nobody provides",
      [plugin("a", { requires: [ClockService] })],
      /"a" requires.*test\.clock/,
    ],
    [
      "a promised service that does not come",
      [plugin("a", { provides: [ClockService] })],
      /"a".*contributes none/,
    ],
    [
      "a service that was not promised",
      [plugin("a", { setup: () => ({ services: [provide(ClockService, () => 1)] }) })],
      /"a".*provides/,
    ],
    [
      "a service that was not required",
      [plugin("a", { setup: (host) => ({ close: async () => void host.use(ClockService)() }) })],
      /^$/,
    ],
    [
      "plugins that require each other",
      [
        plugin("a", { provides: [{ id: "one" }], requires: [{ id: "two" }] }),
        plugin("b", { provides: [{ id: "two" }], requires: [{ id: "one" }] }),
      ],
      /circle: "a" → "b" → "a"/,
    ],
    [
      "a route that two plugins have",
      [
        plugin("a", { setup: routesOf("GET", "/x/:id") }),
        plugin("b", { setup: routesOf("GET", "/x/:other") }),
      ],
      /"a" and "b".*GET \/x\/:other/,
    ],
    ["a route of the server", [plugin("a", { setup: routesOf("GET", "/datasets/") })], /"server" and "a"/],
    [
      "a setup that fails",
      [
        plugin("a", {
          setup: () => {
            throw new Error("no model");
          },
        }),
      ],
      /"a" failed to start: no model/,
    ],
  ])("stops at %s", async (_what, plugins, message) => {
    if (message.source === "^$") {
      const gateway = await startGateway(plugins);
      await expect(gateway.close()).resolves.toBeUndefined(); // a failing close is for the log
    } else {
      await expect(startGateway(plugins)).rejects.toThrow(message);
    }
  });
  it("names the wrong key of the options", async () => {
    const strict = plugin("a", {
      options: {
        parse: () => {
          throw Object.assign(new Error("bad"), {
            issues: [{ path: ["size", 0], message: "expected a number" }],
          });
        },
      },
    });
    await expect(startGateway([strict])).rejects.toThrow(/"a" has wrong options: size\.0: expected a number/);
  });
  it("closes what it had started when a later plugin fails", async () => {
    const closed: string[] = [];
    const first = plugin("a", { setup: () => ({ close: async () => void closed.push("a") }) });
    const second = plugin("b", { setup: () => Promise.reject(new Error("no")) });
    await expect(startGateway([first, second])).rejects.toThrow();
    expect(closed).toEqual(["a"]);
  });
  it("lets GET and POST of one path come from two plugins", async () => {
    const gateway = await startGateway([
      plugin("a", { setup: routesOf("GET", "/x") }),
      plugin("b", { setup: routesOf("POST", "/x") }),
    ]);
    expect((await gateway.request("/x")).status).toBe(200);
    expect((await gateway.request("/x", { method: "POST" })).status).toBe(200);
  });
});
