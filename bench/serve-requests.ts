import { Agent, request } from "node:http";

/** Requests at once of those who submit. */
const SUBMITTERS = 16;
const MEBIBYTE = 2 ** 20;
const GIBIBYTE = 2 ** 30;
/** Answers of a mebibyte until this process takes them as fast as it can. */
const WARM_UP = 30;

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

interface Asked {
  readonly method?: string;
  readonly body?: string;
  readonly range?: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: SUBMITTERS });

/** Ends the connections that are kept. */
export function closeConnections(): void {
  agent.destroy();
}

/** Runs a workflow to its end. @returns the id of the execution */
export async function executed(url: string, workflow: string): Promise<string> {
  return ended(url, { workflow, id: await submitted(url, workflow) });
}

/** Milliseconds from submission to the end, of jobs one after the other. */
export async function latencies(url: string, count: number): Promise<number[]> {
  const times: number[] = [];
  while (times.length < count) {
    const started = performance.now();
    await executed(url, "trivial");
    times.push(performance.now() - started);
  }
  return times;
}

/** Seconds from the first submission to the last end, of many jobs at once. */
export async function together(url: string, count: number): Promise<number> {
  const started = performance.now();
  const ids: string[] = [];
  const submit = async (): Promise<void> => {
    while (ids.length < count) {
      const place = ids.push("") - 1;
      ids[place] = await submitted(url, "trivial");
    }
  };
  await Promise.all(Array.from({ length: SUBMITTERS }, submit));
  for (const id of ids) await ended(url, { workflow: "trivial", id, pauseMs: 20 });
  return (performance.now() - started) / 1000;
}

/** Milliseconds for a mebibyte from behind the first gibibyte of a file, of one address after the other in turn. */
export async function farRanges(urls: readonly string[], count: number): Promise<number[][]> {
  const times = urls.map((): number[] => []);
  for (let round = 0; round < WARM_UP + count; round += 1) {
    for (const [place, url] of urls.entries()) {
      const started = performance.now();
      const { status, body } = await ask(url, { range: `bytes=${GIBIBYTE}-${GIBIBYTE + MEBIBYTE - 1}` });
      if (status !== 206 || body.length !== MEBIBYTE) throw new Error(`${status}, ${body.length} bytes`);
      if (round >= WARM_UP) times[place]?.push(performance.now() - started);
    }
  }
  return times;
}

async function submitted(url: string, workflow: string): Promise<string> {
  const { body } = await ask(`${url}/v1/infer/${workflow}`, { method: "POST", body: "{}" });
  const id = /"execution_id":"([^"]+)"/.exec(body.toString())?.[1];
  if (id === undefined) throw new Error(body.toString());
  return id;
}

interface Execution {
  readonly workflow: string;
  readonly id: string;
  readonly pauseMs?: number;
}

async function ended(url: string, { workflow, id, pauseMs = 1 }: Execution): Promise<string> {
  for (;;) {
    const text = (await ask(`${url}/v1/infer/${workflow}/${id}/status`)).body.toString();
    if (text.includes('"status":"completed"')) return id;
    if (text.includes('"status":"failed"')) throw new Error(text);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

function ask(url: string, asked: Asked = {}): Promise<Answer> {
  const { method = "GET", body, range } = asked;
  return new Promise((resolve, reject) => {
    const headers = { "Content-Type": "application/json", ...(range !== undefined && { Range: range }) };
    const sent = request(url, { method, agent, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces) }));
    });
    sent.on("error", (error) => {
      // a connection that was kept, and closed by the server while the loader ran and this process saw nothing
      if (sent.reusedSocket) ask(url, asked).then(resolve, reject);
      else reject(error);
    });
    sent.end(body);
  });
}
