import { type LookupAddress, type LookupOptions, lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { GatewayError } from "./errors.ts";

/** Where cloud machines tell their own secrets; nobody's data. */
const LINK_LOCAL = new BlockList();
LINK_LOCAL.addSubnet("169.254.0.0", 16, "ipv4");
LINK_LOCAL.addSubnet("fe80::", 10, "ipv6");
LINK_LOCAL.addAddress("fd00:ec2::254", "ipv6");

/** Loopback, private, shared, multicast and reserved addresses: IANA's special-purpose registries. */
const PRIVATE = new BlockList();
for (const [network, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const) {
  PRIVATE.addSubnet(network, bits, "ipv4");
}
for (const [network, bits] of [
  ["::", 127],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2002::", 16],
  ["fc00::", 7],
  ["ff00::", 8],
] as const) {
  PRIVATE.addSubnet(network, bits, "ipv6");
}

/** `named`: somebody wrote this very host into the configuration. */
export type HostTrust = "named" | "unnamed";

/**
 * Whether a connection to an address may be made. A host that is named may be private, as stores of an institute are, but
 * link-local only where it is named by its address; one that merely fits a pattern must be public.
 */
export function isAddressAllowed(address: string, trust: HostTrust): boolean {
  const family = isIP(address) === 6 ? "ipv6" : "ipv4";
  if (LINK_LOCAL.check(address, family)) return false;
  return trust === "named" || !PRIVATE.check(address, family);
}

/** @throws GatewayError forbidden for a URL whose host is an address that may not be connected to */
export function assertHostAllowed({ hostname }: URL, trust: HostTrust): void {
  const address = hostname.replace(/^\[(.*)\]$/, "$1");
  // an address that is named was meant
  if (isIP(address) === 0 || trust === "named" || isAddressAllowed(address, trust)) return;
  throw refusedAddress(hostname);
}

/**
 * Resolves names for the very connection that is made, so that a name cannot mean one address when it is checked and
 * another when it is used.
 */
export function guardedLookup(trust: HostTrust, resolve: typeof lookup = lookup): LookupFunction {
  return (hostname, options, callback) => {
    const all: LookupOptions & { all: true } = { ...options, all: true };
    resolve(hostname, all, (error, addresses: LookupAddress[]) => {
      const [first] = addresses ?? [];
      if (error || !first) callback(error ?? new Error(`${hostname} has no address`), "", 0);
      else if (addresses.some(({ address }) => !isAddressAllowed(address, trust))) {
        callback(refusedAddress(hostname), "", 0);
      } else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function refusedAddress(host: string): GatewayError {
  return new GatewayError(
    "forbidden",
    `${host} is at a private or link-local address, which only a host that the configuration allows by name may be`,
    { host },
  );
}
