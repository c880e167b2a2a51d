import { StringDecoder } from "node:string_decoder";

export interface LineLimit {
  readonly maxLength: number;
  /** What to do with a longer line: give its pieces as lines of their own, or fail. */
  readonly whenLonger: "split" | "fail";
}

/** Cuts UTF-8 bytes that come in pieces into lines. @throws Error for a line that is too long, where it shall fail */
export class LineSplitter {
  readonly #limit: LineLimit;
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  constructor(limit: LineLimit) {
    this.#limit = limit;
  }

  push(bytes: Buffer): readonly string[] {
    const lines = (this.#rest + this.#decoder.write(bytes)).split("\n");
    this.#rest = lines.pop() ?? "";
    const { maxLength } = this.#limit;
    if (this.#limit.whenLonger === "fail") {
      if (this.#rest.length > maxLength || lines.some((line) => line.length > maxLength))
        throw new Error(`a line of more than ${maxLength} characters`);
      return lines;
    }
    const pieces = lines.flatMap((line) => piecesOf(line, maxLength));
    while (this.#rest.length > maxLength) {
      pieces.push(this.#rest.slice(0, maxLength));
      this.#rest = this.#rest.slice(maxLength);
    }
    return pieces;
  }

  /** What came after the last line break. */
  end(): readonly string[] {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = "";
    return rest === "" ? [] : [rest];
  }
}

function piecesOf(line: string, length: number): readonly string[] {
  if (line.length <= length) return [line];
  const pieces: string[] = [];
  for (let start = 0; start < line.length; start += length) pieces.push(line.slice(start, start + length));
  return pieces;
}
