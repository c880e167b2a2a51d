import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import type { StepContext } from "../definition.ts";
import { inChildProcess } from "./in-child-process.ts";
import { inWorkerThread } from "./in-worker-thread.ts";
import { overHttp } from "./over-http.ts";

function contextOf(signal: AbortSignal = new AbortController().signal) {
  const said: unknown[] = [];
  const context: StepContext = {
    jobId: "j",
    taskKey: "t",
    stepName: "s",
    attempt: 1,
    failures: 0,
    signal,
    progress: (news) => said.push(news),
    log: (text) => said.push(text),
  };
  return { context, said };
}

describe("a step on a thread", () => {
  const run = inWorkerThread(new URL("./testing/thread-step.ts", import.meta.url), { killAfterMs: 50 });

  it("gives its output, news and lines, and sees no environment", async () => {
    const { context, said } = contextOf();
    expect(await run([1], null, context)).toEqual({ input: [1], environment: 0 });
    expect(said).toEqual(["input [1]", { fraction: 0.5, message: "half", current: 1, total: 2 }]);
  });

  it("fails alone when it throws or its thread ends", async () => {
    await expect(run("throw", null, contextOf().context)).rejects.toMatchObject({ message: "no" });
    await expect(run("exit", null, contextOf().context)).rejects.toMatchObject({
      code: "model_failed",
      message: "the step's thread ended with code 7",
    });
  });

  it("ends when its attempt is stopped, by its signal or without listening", async () => {
    for (const input of ["wait", "hang"]) {
      const controller = new AbortController();
      const running = run(input, null, contextOf(controller.signal).context);
      setTimeout(() => controller.abort(new Error("stop")), 200);
      await expect(running).rejects.toThrow();
    }
  });
});

describe("a step in a child process", () => {
  const shell = (script: string) =>
    inChildProcess({
      command: "/bin/sh",
      args: ["-c", script],
      env: { PATH: "/usr/bin:/bin" },
      killAfterMs: 100,
    });

  it("reads its request, and answers with news and an output", async () => {
    const script = `read -r line <&3; echo "$line"; echo '{"type":"progress","fraction":0.25}' >&4; echo '{"type":"result","output":[1]}' >&4`;
    const { context, said } = contextOf();
    expect(await shell(script)("in", { a: 1 }, context)).toEqual([1]);
    expect(said).toContainEqual({ fraction: 0.25 });
    expect(said.filter((one) => typeof one === "string").map((line): unknown => JSON.parse(line))).toEqual([
      {
        ...{ type: "run", input: "in", settings: { a: 1 }, jobId: "j", taskKey: "t", stepName: "s" },
        ...{ attempt: 1, failures: 0 },
      },
    ]);
  });

  it("says how it ended when that was without an answer", async () => {
    await expect(shell("exit 4")(1, null, contextOf().context)).rejects.toMatchObject({
      code: "model_failed",
      message: "the step's process ended with code 4",
    });
    await expect(shell("kill -9 $$")(1, null, contextOf().context)).rejects.toMatchObject({
      message: "the step's process was killed by SIGKILL",
    });
    const said = `echo '{"type":"error","code":"invalid_request","message":"no such time"}' >&4; sleep 9`;
    await expect(shell(said)(1, null, contextOf().context)).rejects.toMatchObject({
      code: "invalid_request",
      message: "no such time",
    });
  });

  it("is gone soon after its attempt is stopped", async () => {
    const controller = new AbortController();
    const running = shell("trap '' TERM; sleep 300 & wait; sleep 300")(
      1,
      null,
      contextOf(controller.signal).context,
    );
    setTimeout(() => controller.abort(), 100);
    await expect(running).rejects.toMatchObject({
      message: "the step's process was stopped: its attempt was stopped",
    });
  });
});

describe("a step over HTTP", () => {
  const closers: (() => void)[] = [];
  afterEach(() => {
    for (const close of closers.splice(0)) close();
  });

  async function served(
    answer: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<string> {
    const server = createServer(answer).listen(0, "127.0.0.1");
    closers.push(() => server.close());
    await once(server, "listening");
    const address = server.address();
    return typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}/run` : "";
  }
  const quick = { pauseMs: 1, pollMs: 1, tries: 4 };

  it("posts once under one key, tries again while the server is busy, and looks until there is an output", async () => {
    const seen: unknown[] = [];
    const url = await served((request, response) => {
      seen.push([request.method, request.url, request.headers["idempotency-key"]]);
      if (seen.length === 1) response.writeHead(503, { "retry-after": "0" }).end();
      else if (seen.length === 2) response.writeHead(202, { location: "/tasks/1" }).end();
      else if (seen.length === 3) response.writeHead(202).end();
      else response.end('{"done":true}');
    });
    expect(await overHttp({ url, ...quick })(1, null, contextOf().context)).toEqual({ done: true });
    const post = ["POST", "/run", "j/t/s/1"];
    const look = ["GET", "/tasks/1", undefined];
    expect(seen).toEqual([post, post, look, look]);
  });

  it("fails with what the server said, and when it stays away", async () => {
    const url = await served((_request, response) => response.writeHead(400).end("no such model"));
    await expect(overHttp({ url, ...quick })(1, null, contextOf().context)).rejects.toMatchObject({
      code: "upstream",
      message: "the step's server answered 400: no such model",
    });
    const away = overHttp({ url: "http://127.0.0.1:1/", ...quick });
    await expect(away(1, null, contextOf().context)).rejects.toMatchObject({ code: "upstream" });
  });

  it("follows to no other origin, and takes no answer without bounds", async () => {
    const other = await served((_request, response) =>
      response.writeHead(202, { location: "http://127.0.0.2/" }).end(),
    );
    await expect(overHttp({ url: other, ...quick })(1, null, contextOf().context)).rejects.toMatchObject({
      message: "the step's server names a Location of another origin",
    });
    const large = await served((_request, response) => response.end(`"${"a".repeat(5 << 20)}"`));
    await expect(overHttp({ url: large, ...quick })(1, null, contextOf().context)).rejects.toMatchObject({
      code: "too_large",
    });
  });

  it("deletes the work of a stopped attempt", async () => {
    const controller = new AbortController();
    const methods: (string | undefined)[] = [];
    const url = await served((request, response) => {
      methods.push(request.method);
      if (request.method === "GET") controller.abort(new Error("cancelled"));
      response.writeHead(202, { location: "/tasks/1" }).end();
    });
    await expect(
      overHttp({ url, ...quick })(1, null, contextOf(controller.signal).context),
    ).rejects.toThrow();
    expect(methods.at(-1)).toBe("DELETE");
  });
});
