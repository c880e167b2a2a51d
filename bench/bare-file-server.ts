/**
 * The least that Node needs to send a range of a file: one read, one write, nothing looked at.
 * `node bench/bare-file-server.ts FILE PORT`
 */
import { openSync, read } from "node:fs";
import { createServer } from "node:http";

const [path = "", port = "0"] = process.argv.slice(2);
const file = openSync(path, "r");

createServer((asked, answer) => {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(asked.headers.range ?? "") ?? [];
  if (first === undefined || last === undefined) {
    answer.end();
    return;
  }
  const offset = Number(first);
  const bytes = Buffer.allocUnsafeSlow(Number(last) - offset + 1);
  read(file, bytes, 0, bytes.length, offset, (error, count) => {
    if (error !== null || count !== bytes.length) throw error ?? new Error(`${count} bytes at ${offset}`);
    answer.writeHead(206, {
      "Content-Length": count,
      "Content-Type": "application/octet-stream",
      "Content-Range": `bytes ${first}-${last}/*`,
    });
    answer.end(bytes);
  });
}).listen(Number(port), "127.0.0.1");
