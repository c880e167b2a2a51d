import { memoryStore, storeAccess } from "@zarr-gateway/stores";
import { expect, it } from "vitest";
import { OpenTargets } from "./open-targets.ts";

it("gives the bytes of the file that was told of, or says that it has changed", async () => {
  const entries = new Map([["a", Uint8Array.of(1)]]);
  const targets = new OpenTargets(
    () => storeAccess(memoryStore(entries), "a"),
    () => 0,
  );
  const location = new URL("https://data.example.org/a"); // of a web server: not looked at again for a while
  const read = () => targets.use(location, async (access) => (await access.read(0, 1))[0], {});
  const version = () => targets.useLatest(location, async (access) => access.version, {});
  const before = await version();
  expect(await read()).toBe(1);
  entries.set("a", Uint8Array.of(2));
  expect(await version()).toBe(before);
  await expect(read()).rejects.toMatchObject({ code: "upstream", details: { changed: true } });
  expect(await version()).not.toBe(before);
  expect(await read()).toBe(2);
  entries.set("a", Uint8Array.of(3));
  expect(await targets.useLatest(location, async (access) => (await access.read(0, 1))[0], {})).toBe(3);
});

it("keeps thousands of files known, closes what it forgets and each file once", async () => {
  const opened = new Map<string, number>();
  let closed = 0;
  const targets = new OpenTargets(async ({ href }) => {
    opened.set(href, (opened.get(href) ?? 0) + 1);
    const close = async (): Promise<void> => {
      closed += 1;
    };
    return { size: 0, read: async () => new Uint8Array(0), close };
  });
  const use = async (number: number): Promise<void> =>
    targets.use(new URL(`file:///${number}`), async () => undefined, {});
  for (let round = 0; round < 2; round += 1)
    for (let number = 0; number < 4000; number += 1) await use(number);
  expect([opened.size, closed]).toEqual([4000, 0]);
  expect(Math.max(...opened.values())).toBe(1);
  for (let number = 4000; number < 5000; number += 1) await use(number);
  await expect.poll(() => closed).toBe(5000 - 4096);
  await targets.close();
  await expect.poll(() => closed).toBe(5000);
});
