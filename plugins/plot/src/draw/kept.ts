/** What a thread keeps between pictures, the least lately used of it forgotten past a number of bytes. */
export interface Kept<Value> {
  /** The value of a key, made if it is not there. What alone is larger than all that may be kept is made each time. */
  of(key: string, make: () => Value): Value;
}

export function createKept<Value>(maxBytes: number, bytesOf: (value: Value) => number): Kept<Value> {
  const values = new Map<string, Value>();
  let bytes = 0;
  return {
    of(key, make) {
      const known = values.get(key);
      const value = known ?? make();
      if (known !== undefined) values.delete(key);
      else if (bytesOf(value) > maxBytes) return value;
      else bytes += bytesOf(value);
      values.set(key, value);
      for (const [oldest, old] of values) {
        if (bytes <= maxBytes) break;
        values.delete(oldest);
        bytes -= bytesOf(old);
      }
      return value;
    },
  };
}
