// Serves examples/quickstart and says what to try; options of `zarr-gateway serve` may follow: npm start -- --port 8000
import { join } from "node:path";

if (Number(process.versions.node.split(".")[0]) < 24) {
  console.error(
    `this needs Node 24, which npm brings along; this is ${process.versions.node}: run \`npm start\``,
  );
  process.exit(1);
}
const { makeData } = await import("../examples/quickstart/make-data.ts");
const { makeForecastData } = await import("../examples/forecast/make-data.ts");
const { run } = await import("../packages/gateway/src/run.ts");
const { processTerminal } = await import("../packages/gateway/src/terminal.ts");

const example = join(import.meta.dirname, "../examples/quickstart");
await makeData(join(example, "data"));
await makeForecastData();

const terminal = processTerminal();
const saying = {
  ...terminal,
  print(text) {
    terminal.print(text);
    const url = /^listening on (\S+)/.exec(text)?.[1];
    if (url !== undefined) terminal.print(whatToTry(url));
  },
};
process.exitCode = await run(saying, [
  "serve",
  "-c",
  join(example, "gateway.yaml"),
  ...process.argv.slice(2),
]);

function whatToTry(url) {
  return [
    `  browser  ${url}/`,
    `  Python   import xarray as xr; print(xr.open_dataset("${url}/datasets/temperature.zarr"))`,
    `  forecast import xarray as xr; print(xr.open_dataset("${url}/datasets/jets.zarr").h.isel(init_time=0, lead_time=24, member=0).values)`,
    `  film     ${url}/datasets/jets/plot/vorticity/image/RdBu_r`,
    `  picture  ${url}/datasets/jets/plot/vorticity.png?lead_time=144&init_time=2000-01-01`,
    `  shell    curl ${url}/datasets/surface/info`,
    "",
  ].join("\n");
}
