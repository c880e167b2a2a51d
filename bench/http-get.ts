import { type Agent, get } from "node:http";

export interface Answer {
  readonly status: number;
  readonly bytes: number;
}

/** Reads an answer whole, on a connection of its own unless an agent keeps it. Rejects where nothing answers. */
export function httpGet(
  url: string,
  agent?: Agent,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: agent ?? false, headers }, (response) => {
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, bytes }));
      response.on("error", reject);
    });
    request.on("error", reject);
  });
}

/** The same, where anything but 200 is the end of the measurement. */
export async function httpGetOk(url: string, agent?: Agent): Promise<Answer> {
  const answer = await httpGet(url, agent);
  if (answer.status !== 200) throw new Error(`${url} answers ${answer.status}`);
  return answer;
}
