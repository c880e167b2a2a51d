/**
 * Results in the order of the items, at most so many being made at once; results that need no waiting cost nothing.
 * When the consumer leaves early, what was begun ends by itself.
 */
export async function* inOrder<T, R>(
  items: readonly T[],
  make: (item: T) => R | Promise<R>,
  maxConcurrent: number,
): AsyncGenerator<R> {
  const begun: (R | Promise<R>)[] = [];
  let next = 0;
  let pending = 0;
  for (let at = 0; at < items.length; at += 1) {
    while (next < items.length && pending < maxConcurrent && next - at < 8 * maxConcurrent) {
      const result = make(items[next] as T); // inside the array
      if (result instanceof Promise) {
        pending += 1;
        const settled = (): void => {
          pending -= 1;
        };
        result.then(settled, settled);
      }
      begun[next] = result;
      next += 1;
    }
    const result = begun[at] as R | Promise<R>; // begun above: it comes next
    delete begun[at];
    yield await result;
  }
}
