import type { LookupAddress } from "node:dns";
import {
  assertHostAllowed,
  guardedLookup,
  type HostTrust,
  isAddressAllowed,
  isGatewayError,
} from "@zarr-gateway/primitives";
import { describe, expect, it } from "vitest";
import { httpStore } from "./byte-store/http.ts";

const PRIVATE = [
  "127.0.0.1",
  "10.1.2.3",
  "172.31.0.1",
  "192.168.0.1",
  "100.64.0.1",
  "0.0.0.0",
  "::1",
  "fd12::1",
];
const LINK_LOCAL = ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254", "fd00:ec2::254"];
const PUBLIC = ["8.8.8.8", "172.32.0.1", "2606:4700::1111"];

/** Resolves any name to these addresses, the way undici asks for them. */
function resolved(trust: HostTrust, addresses: readonly string[]): Promise<unknown> {
  const found = addresses.map(
    (address): LookupAddress => ({ address, family: address.includes(":") ? 6 : 4 }),
  );
  const resolve = ((_host: string, _options: object, done: (error: null, all: LookupAddress[]) => void) =>
    done(null, found)) as unknown as typeof import("node:dns").lookup; // the form that is called
  return new Promise((resolve_, reject) => {
    guardedLookup(trust, resolve)("host.example", { all: true }, (error, all) =>
      error ? reject(error) : resolve_(all),
    );
  });
}

describe("addresses", () => {
  it("that are private are for named hosts only, link-local ones for nobody", () => {
    for (const address of PRIVATE) {
      expect(isAddressAllowed(address, "unnamed"), address).toBe(false);
      expect(isAddressAllowed(address, "named"), address).toBe(true);
    }
    for (const address of [...PRIVATE.slice(0, 4).map((address) => `::ffff:${address}`), "64:ff9b::7f00:1"]) {
      expect(isAddressAllowed(address, "unnamed"), address).toBe(false);
    }
    for (const address of LINK_LOCAL) expect(isAddressAllowed(address, "named"), address).toBe(false);
    for (const address of PUBLIC) expect(isAddressAllowed(address, "unnamed"), address).toBe(true);
  });
  it("are checked where the name is resolved for the connection, every one of them", async () => {
    await expect(resolved("unnamed", ["8.8.8.8", "10.0.0.1"])).rejects.toSatisfy(isGatewayError);
    await expect(resolved("named", ["169.254.169.254"])).rejects.toMatchObject({ code: "forbidden" });
    expect(await resolved("named", ["10.0.0.1"])).toEqual([{ address: "10.0.0.1", family: 4 }]);
  });
  it("in a URL are refused in every spelling, unless they are named", () => {
    for (const host of ["127.0.0.1", "0x7f.1", "2130706433", "[::1]", "[::ffff:10.0.0.1]"]) {
      expect(() => assertHostAllowed(new URL(`http://${host}/`), "unnamed"), host).toThrow(/private/);
      expect(() => assertHostAllowed(new URL(`http://${host}/`), "named"), host).not.toThrow();
    }
  });
  it("of a host that merely fits a pattern are checked in a real read", async () => {
    const base = new URL("http://any.localhost:9/");
    const store = httpStore(base, { allow: [new URL("http://*.localhost.example:9/")], attempts: 1 });
    // resolved by the system to loopback
    await expect(store.get("a")).rejects.toMatchObject({
      code: expect.stringMatching(/forbidden|upstream/) as string,
    });
    await store.close?.();
  });
});
