import { readFileSync } from "node:fs";
import { oipServer } from "./oip-server.ts";

/** `serve-models.ts name=graph.onnx …`: prints the address, and serves until it is ended. `--json` knows no binary tensors, `--token=T` wants one. */
const given = process.argv.slice(2);
const models = given.filter((one) => !one.startsWith("--")).map((one) => one.split("=") as [string, string]); // name=path
const server = await oipServer({
  models: Object.fromEntries(models.map(([name, path]) => [name, readFileSync(path)])),
  isJsonOnly: given.includes("--json"),
});
const token = given.find((one) => one.startsWith("--token="))?.slice("--token=".length);
if (token !== undefined) {
  server.fault = ({ headers }) =>
    headers.authorization === `Bearer ${token}`
      ? undefined
      : { kind: "status", status: 401, body: `{"error":"a token is needed"}` };
}
console.log(server.url);
process.on("SIGTERM", () => void server.close());
