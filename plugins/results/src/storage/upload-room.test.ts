import { expect, it } from "vitest";
import { UploadRoom } from "./upload-room.ts";

/** Pieces of work that end when they are told to. */
function gated(room: UploadRoom) {
  const running = new Set<number>();
  const ends = new Map<number, () => void>();
  const begin = (bytes: number, signal?: AbortSignal): Promise<void> =>
    room.with(
      bytes,
      async () => {
        running.add(bytes);
        await new Promise<void>((resolve) => ends.set(bytes, resolve));
        running.delete(bytes);
      },
      signal ? { signal } : {},
    );
  return { begin, running: () => [...running], end: (bytes: number) => ends.get(bytes)?.() };
}

it("uploads wait in order for room, and what never fits for being alone", async () => {
  const { begin, running, end } = gated(new UploadRoom(100));
  const leaving = new AbortController();
  const all = [begin(60), begin(30), begin(500), begin(1)];
  const left = begin(2, leaving.signal);
  expect(running()).toEqual([60, 30]);
  leaving.abort(new Error("left"));
  await expect(left).rejects.toThrow("left");
  end(60);
  await all[0];
  expect(running()).toEqual([30]);
  end(30);
  await all[1];
  await new Promise(setImmediate);
  expect(running()).toEqual([500]);
  end(500);
  await all[2];
  await new Promise(setImmediate);
  expect(running()).toEqual([1]);
  end(1);
  await all[3];
});
