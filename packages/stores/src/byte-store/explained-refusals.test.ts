import { GatewayError } from "@zarr-gateway/primitives";
import { describe, expect, it } from "vitest";
import { explainedRefusals } from "./explained-refusals.ts";
import { bodiless, type ObjectRequests, refusalError } from "./object-requests.ts";

/** Refuses everything but "there"; listing fails as told. */
function refusing(listing: GatewayError | undefined): { requests: ObjectRequests; listings: () => number } {
  let listings = 0;
  const requests: ObjectRequests = {
    hasSuffixRanges: true,
    send: (key) =>
      key === "there"
        ? Promise.resolve(bodiless(200))
        : Promise.reject(refusalError(key, { status: 403, code: "AccessDenied" })),
    async *list() {
      listings += 1;
      if (listing) throw listing;
      yield await Promise.resolve("there");
    },
  };
  return { requests: explainedRefusals(requests, "s3:ListBucket"), listings: () => listings };
}

const call = { method: "GET", headers: {}, signal: undefined } as const;

describe("a refused object", () => {
  it("may be one that does not exist where listing is refused too, which is asked once", async () => {
    const { requests, listings } = refusing(refusalError("", { status: 403 }));
    for (const key of ["a", "b"]) {
      const refusal = requests.send(key, call);
      await expect(refusal).rejects.toMatchObject({ code: "forbidden" });
      await expect(refusal).rejects.toThrow(
        `"${key}": the server refuses access (403 AccessDenied); listing is refused too, and without that right (s3:ListBucket) this is also the answer for an object that does not exist`,
      );
    }
    expect(listings()).toBe(1);
    expect((await requests.send("there", call))?.status).toBe(200);
  });

  it("is only that where the bucket is listed, or where nobody knows", async () => {
    for (const listing of [undefined, new GatewayError("upstream", "broken")]) {
      await expect(refusing(listing).requests.send("a", call)).rejects.toThrow(/AccessDenied\)$/);
    }
  });
});
