import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatPackageProblem, ModelPackageError } from "./package-problem.ts";
import { readModelPackage } from "./read-model-package.ts";
import { npyFloat32, type TestFolder, testFolder } from "./testing/package-folder.ts";

const RIGHT = `
step: PT6H
history: 2
grid: { lat: { start: 1, step: -1, size: 3 }, lon: { start: 0, step: 90, size: 4 } }
variables: { t: { units: K } }
networks:
  - file: a.onnx
    inputs:
      x: { state: [t, u], levels: [850, 500], layout: [batch, [time, channel], lat, lon] }
      f: { time: [hour], times: [0], layout: [channel] }
    outputs:
      y: { like: x, times: [1] }
diagnostics:
  - file: a.onnx
    inputs: { x: { state: [t], levels: [500], times: [0], layout: [level, lat, lon] } }
    outputs: { r: { diagnostic: [rain], layout: [batch, lat, lon] } }
`;

type Mistake = readonly [what: string, from: string | RegExp, to: string, problem: string];

/** What is replaced in the package above, and the one problem that it then has. */
const MISTAKES: readonly Mistake[] = [
  ["a mistyped key", "history: 2", "histroy: 2\nhistory: 2", 'histroy: unknown key; did you mean "history"?'],
  [
    "a key of another level",
    "  - file: a.onnx\n    inputs:",
    "  - file: a.onnx\n    units: K\n    inputs:",
    "networks[0].units: unknown key; allowed here: file, model,",
  ],
  ["a key twice", "history: 2", "history: 2\nhistory: 2", 'the key "history" is there twice; keep one'],
  ["no YAML", "grid: {", "grid: {{", "not valid YAML"],
  [
    "an alias to nothing",
    "variables: { t: { units: K } }",
    "variables: *nothing",
    "variables: there is no anchor &nothing before this",
  ],
  ["a title that is a number", "history: 2", "history: 2\ntitle: 5", "title: expected a text; got 5"],
  ["no step", "step: PT6H", "", "step: missing; expected an ISO 8601 duration"],
  [
    "a step in months",
    "step: PT6H",
    "step: P1M",
    'step: expected an ISO 8601 duration such as PT6H or P1D, without months and years; got "P1M"',
  ],
  [
    "a step in words",
    "step: PT6H",
    "step: 6h",
    'step: expected an ISO 8601 duration such as PT6H or P1D, without months and years; got "6h"',
  ],
  ["a step of nothing", "step: PT6H", "step: PT0S", "step: expected an ISO 8601 duration"],
  ["history of 0", "history: 2", "history: 0", "history: expected a whole number from 1 to 1000; got 0"],
  [
    "history that is no whole number",
    "history: 2",
    "history: 1.5",
    "history: expected a whole number from 1 to 1000; got 1.5",
  ],
  ["no grid", /^grid.*$/m, "", "grid: missing; expected a map of axes"],
  ["an empty grid", /^grid.*$/m, "grid: {}", "grid: expected 1 to 4 axes; got 0"],
  ["an axis without size", "size: 4", "", "grid.lon.size: missing; expected how many labels there are"],
  [
    "an axis of text",
    "size: 4",
    "size: four",
    'grid.lon.size: expected a whole number from 1 to 1000000; got "four"',
  ],
  [
    "an axis of billions",
    "size: 4",
    "size: 4000000000",
    "grid.lon.size: expected a whole number from 1 to 1000000",
  ],
  ["a step of 0 in an axis", "step: 90,", "step: 0,", "grid.lon.step: expected a step other than 0; got 0"],
  [
    "an axis told twice",
    "size: 4",
    "size: 4, values: [0, 1]",
    "grid.lon: expected either values, or start, step and size; got both values and start",
  ],
  [
    "labels in no order",
    "{ start: 0, step: 90, size: 4 }",
    "{ values: [0, 90, 80, 270] }",
    "grid.lon.values: expected labels that rise or fall; number 2 does not",
  ],
  [
    "an unknown key of an axis",
    "size: 4",
    "size: 4, stop: 360",
    'grid.lon.stop: unknown key; did you mean "step"?',
  ],
  ["an axis of a taken name", /\blon\b/g, "member", "grid.member: expected another name"],
  ["an axis called as a kind of axis", /\blon\b/g, "channel", "grid.channel: expected another name"],
  [
    "vertical units that are no pressure",
    "history: 2",
    "history: 2\nvertical: { name: height, units: m }",
    "vertical.standard_name: missing; expected it beside units that are no pressure (m)",
  ],
  [
    "a vertical axis that points sideways",
    "history: 2",
    "history: 2\nvertical: { positive: left }",
    'vertical.positive: expected up or down; got "left"',
  ],
  [
    "levels called as the grid",
    "history: 2",
    "history: 2\nvertical: { name: lat }",
    'the name "lat" is taken twice: of the grid and of levels',
  ],
  [
    "a runtime that nobody has",
    "history: 2",
    "history: 2\nruntime: tensorflow",
    'runtime: expected onnx or oip; got "tensorflow"',
  ],
  [
    "an address without oip",
    "history: 2",
    "history: 2\nurl: http://localhost",
    "url: expected only with runtime oip; the runtime is onnx",
  ],
  [
    "a variable of no tensor",
    "variables: { t:",
    "variables: { temp: {}, t:",
    'variables.temp: no tensor has a variable "temp"; they have t, u, rain',
  ],
  ["units that are no text", "units: K", "units: 1", "variables.t.units: expected a text; got 1"],
  [
    "an attribute of the gateway's",
    "units: K",
    "_FillValue: 0",
    "variables.t._FillValue: expected another attribute; this one is the gateway's to write",
  ],
  [
    "clip the wrong way round",
    "units: K",
    "clip: [5, 0]",
    "variables.t.clip: expected min ≤ max; got [5, 0]",
  ],
  ["clip of one number", "units: K", "clip: [5]", "variables.t.clip: expected [min, max]; got a list of 1"],
  ["clip to no number", "units: K", "clip: [.nan, 0]", "variables.t.clip[0]: expected a number; got NaN"],
  [
    "another word for nan",
    "units: K",
    "nan: ignore",
    'variables.t.nan: expected refuse, allow or a number that is finite; got "ignore"',
  ],
  [
    "nan for nan",
    "units: K",
    "nan: .nan",
    "variables.t.nan: expected refuse, allow or a number that is finite; got NaN",
  ],
  ["no networks", /^networks:[\s\S]*?^diag/m, "diag", "networks: missing; expected a list of networks"],
  [
    "an empty list of networks",
    /^networks:[\s\S]*?^diag/m,
    "networks: []\ndiag",
    "networks: expected a list of networks; got a list of 0",
  ],
  [
    "a network that is a name",
    /^networks:[\s\S]*?^diag/m,
    "networks: [a.onnx]\ndiag",
    'networks[0]: expected a map of file, model, version, step, when, inputs, outputs; got "a.onnx"',
  ],
  [
    "no file",
    "  - file: a.onnx\n    inputs:\n",
    "  - inputs:\n",
    "networks[0].file: missing; expected the file of a graph",
  ],
  [
    "a file that is not there",
    "  - file: a.onnx\n    inputs:\n",
    "  - file: b.onnx\n    inputs:\n",
    'networks[0].file: there is no file "b.onnx" in the package\'s folder',
  ],
  [
    "a file outside",
    "  - file: a.onnx\n    inputs:\n",
    "  - file: ../b.onnx\n    inputs:\n",
    'networks[0].file: expected a path inside the package\'s folder, relative and without ".."; got "../b.onnx"',
  ],
  [
    "an absolute path",
    "  - file: a.onnx\n    inputs:\n",
    "  - file: /etc/passwd\n    inputs:\n",
    "networks[0].file: expected a path inside the package's folder",
  ],
  [
    "a backslash",
    "  - file: a.onnx\n    inputs:\n",
    "  - file: 'x\\a.onnx'\n    inputs:\n",
    "networks[0].file: expected a path inside the package's folder",
  ],
  [
    "a folder for a file",
    "  - file: a.onnx\n    inputs:\n",
    "  - file: folder\n    inputs:\n",
    'networks[0].file: expected a file; "folder" is a folder or a device',
  ],
  [
    "a link that leads out",
    "  - file: a.onnx\n    inputs:\n",
    "  - file: link.onnx\n    inputs:\n",
    'networks[0].file: expected a file inside the package\'s folder; "link.onnx" is a link that leads out of it',
  ],
  [
    "a model beside onnx",
    "  - file: a.onnx\n    inputs:\n",
    "  - file: a.onnx\n    model: a\n    inputs:\n",
    "networks[0].model: expected only with runtime oip; the runtime is onnx",
  ],
  [
    "a network's step between steps",
    "    inputs:\n      x",
    "    step: PT9H\n    inputs:\n      x",
    "networks[0].step: expected a multiple of the package's step (360 minutes)",
  ],
  [
    "a long step that reads a time the state has not",
    "    inputs:\n      x",
    "    step: PT12H\n    inputs:\n      x",
    "networks[0].inputs.x: expected times that the state has: history is 2; [-1] would be 2 steps back",
  ],
  [
    "an empty when",
    "    inputs:\n      x",
    "    when: {}\n    inputs:\n      x",
    "networks[0].when: expected from, to or every; got a map",
  ],
  [
    "when that ends before it begins",
    "    inputs:\n      x",
    "    when: { from: 5, to: 4 }\n    inputs:\n      x",
    "networks[0].when: expected from ≤ to; got from 5 to 4",
  ],
  [
    "when that never holds",
    "    inputs:\n      x",
    "    when: { from: 5, to: 7, every: 4 }\n    inputs:\n      x",
    "networks[0].when: expected a step number from 5 to 7 that 4 divides; there is none",
  ],
  [
    "when from the analysis",
    "    inputs:\n      x",
    "    when: { from: 0 }\n    inputs:\n      x",
    "networks[0].when.from: expected a step number, from 1; got 0",
  ],
  [
    "a network behind one that always holds",
    "diagnostics:",
    "  - { file: a.onnx, inputs: { x: { state: [t, u], levels: [850, 500], times: [0], layout: [channel, lat, lon] } }, outputs: { y: { like: x } } }\ndiagnostics:",
    "networks[1]: is never used: for all its steps networks[0] comes first",
  ],
  [
    "when in diagnostics",
    "  - file: a.onnx\n    inputs: {",
    "  - file: a.onnx\n    when: { every: 2 }\n    inputs: {",
    "diagnostics[0].when: expected no when: diagnostics are made for every step",
  ],
  ["no outputs", / {4}outputs:\n {6}y: .*\n/, "", "networks[0].outputs: missing; expected a map of outputs"],
  [
    "inputs that are a list",
    "    inputs: { x: { state: [t], levels: [500], times: [0], layout: [level, lat, lon] } }",
    "    inputs: [x]",
    "diagnostics[0].inputs: expected a map of inputs: the names of the graph's tensors, and what they hold; got a list of 1",
  ],
  [
    "a tensor without layout",
    ", layout: [channel] }",
    " }",
    "networks[0].inputs.f.layout: missing; expected a list of axes",
  ],
  [
    "an axis that nobody knows",
    "layout: [channel]",
    "layout: [feature]",
    'networks[0].inputs.f.layout[0]: expected one of batch, time, channel, variable, level, lat, lon; got "feature"',
  ],
  [
    "an axis twice",
    "layout: [channel]",
    "layout: [channel, channel]",
    "networks[0].inputs.f.layout[1]: the axis channel is there twice; keep one",
  ],
  [
    "half of the grid",
    "layout: [batch, lat, lon]",
    "layout: [batch, lat]",
    "diagnostics[0].outputs.r.layout: expected all axes of the grid, or none; lon is not there",
  ],
  [
    "channel and level",
    "layout: [level, lat, lon]",
    "layout: [channel, level, lat, lon]",
    "diagnostics[0].inputs.x.layout: expected either channel, or variable and level; got both",
  ],
  [
    "a flattened batch",
    "layout: [batch, lat, lon]",
    "layout: [[batch, lat], lon]",
    "diagnostics[0].outputs.r.layout: expected batch as an axis of its own; got it flattened with others",
  ],
  [
    "a flattened axis of nothing",
    "layout: [channel]",
    "layout: [[], channel]",
    "networks[0].inputs.f.layout[0]: expected at least one axis; got a list of 0",
  ],
  [
    "fields without a grid",
    "layout: [batch, lat, lon]",
    "layout: [batch]",
    "diagnostics[0].outputs.r: expected the axes of the grid (lat, lon) in the layout of fields",
  ],
  [
    "channels without an axis",
    "layout: [batch, [time, channel], lat, lon]",
    "layout: [batch, time, lat, lon]",
    "networks[0].inputs.x: expected an axis channel or variable in the layout, or one channel; got 4 channels",
  ],
  [
    "levels along variable",
    "layout: [batch, [time, channel], lat, lon]",
    "layout: [time, variable, lat, lon]",
    "networks[0].inputs.x: expected axes variable and level, or channel, in the layout of variables with levels",
  ],
  [
    "time features along variable",
    "layout: [channel]",
    "layout: [variable]",
    "networks[0].inputs.f: expected an axis channel in the layout of time, static or random; got variable",
  ],
  [
    "surface variables along level",
    "layout: [batch, lat, lon]",
    "layout: [level, lat, lon]",
    "diagnostics[0].outputs.r: expected pieces of variables with equally many levels beside an axis level; got channels without levels",
  ],
  [
    "an order beside an axis level",
    "times: [0], layout: [level,",
    "order: level, times: [0], layout: [level,",
    "diagnostics[0].inputs.x: expected no order beside an axis level",
  ],
  [
    "an order without levels",
    "diagnostic: [rain],",
    "diagnostic: [rain], order: level,",
    "diagnostics[0].outputs.r.order: expected only beside levels",
  ],
  [
    "no piece",
    "time: [hour], ",
    "",
    "networks[0].inputs.f: expected exactly one of state, time, static, random; got none of them",
  ],
  [
    "two pieces in one",
    "time: [hour],",
    "time: [hour], static: [1],",
    "networks[0].inputs.f: expected exactly one of state, time, static, random; got time and static",
  ],
  [
    "a piece beside channels",
    "time: [hour],",
    "time: [hour], channels: [{ static: [1] }],",
    "networks[0].inputs.f.time: expected under channels, in a piece; got it beside channels",
  ],
  [
    "levels of time",
    "time: [hour],",
    "time: [hour], levels: [500],",
    "networks[0].inputs.f.levels: expected only beside state or diagnostic; got it beside time",
  ],
  [
    "a count of time",
    "time: [hour],",
    "time: [hour], count: 2,",
    "networks[0].inputs.f.count: expected only beside random; got it beside time",
  ],
  [
    "a feature that nobody knows",
    "time: [hour]",
    "time: [month]",
    'networks[0].inputs.f.time[0]: expected Q, sin(Q) or cos(Q) with Q = [2pi*](day|hour|lead|step)[/number]; got "month"',
  ],
  [
    "a feature divided by nothing",
    "time: [hour]",
    "time: [hour/0]",
    "networks[0].inputs.f.time[0]: expected Q, sin(Q) or cos(Q)",
  ],
  [
    "code for a feature",
    "time: [hour]",
    'time: ["process.exit()"]',
    "networks[0].inputs.f.time[0]: expected Q, sin(Q) or cos(Q)",
  ],
  [
    "noise of another kind",
    "time: [hour]",
    "random: cauchy",
    'networks[0].inputs.f.random: expected normal or uniform; got "cauchy"',
  ],
  [
    "a count of 0",
    "time: [hour]",
    "random: normal, count: 0",
    "networks[0].inputs.f.count: expected a whole number from 1 to 20000; got 0",
  ],
  [
    "a static field of another shape",
    "time: [hour], times: [0], layout: [channel]",
    "static: [small.npy], layout: [channel, lat, lon]",
    "networks[0].inputs.f.static[0]: expected values of the shape (3, 4) or (k, 3, 4); the file has (2, 2)",
  ],
  [
    "a static field that is no field",
    "time: [hour], times: [0], layout: [channel]",
    "static: [nan.npy], layout: [channel, lat, lon]",
    "networks[0].inputs.f.static[0]: expected finite values; the file has NaN (number 1)",
  ],
  [
    "a static field that is no array",
    "time: [hour], times: [0], layout: [channel]",
    "static: [text.npy], layout: [channel, lat, lon]",
    'networks[0].inputs.f.static[0]: "text.npy" cannot be read as .npy: the file does not begin as .npy files do',
  ],
  [
    "a static field of another format",
    "time: [hour], times: [0], layout: [channel]",
    "static: [a.onnx], layout: [channel, lat, lon]",
    'networks[0].inputs.f.static[0]: expected a number or the name of an .npy file; got "a.onnx"',
  ],
  [
    "an infinite static number",
    "time: [hour]",
    "static: [.inf]",
    "networks[0].inputs.f.static[0]: expected a number that is finite; got Infinity",
  ],
  [
    "a level twice",
    "levels: [850, 500]",
    "levels: [850, 500, 500]",
    "networks[0].inputs.x.levels[2]: the level 500 is there twice; keep one",
  ],
  [
    "a level that is a word",
    "levels: [850, 500]",
    "levels: [850, surface]",
    'networks[0].inputs.x.levels[1]: expected a number; got "surface"',
  ],
  [
    "a variable twice",
    "state: [t, u]",
    "state: [t, u, u]",
    "networks[0].inputs.x.state[2]: u at level 850 is there twice; keep one",
  ],
  [
    "a variable of a bad name",
    "state: [t, u]",
    "state: [t, u/v]",
    'networks[0].inputs.x.state[1]: expected a name without spaces and slashes; got "u/v"',
  ],
  [
    "a variable called as the grid",
    /\bu\b/g,
    "lat",
    'grid: the name "lat" is taken twice: of the grid and of a variable',
  ],
  [
    "a variable called as a coordinate",
    "[rain]",
    "[valid_time]",
    'grid: the name "valid_time" is taken twice: of every forecast and of a variable',
  ],
  [
    "a variable with and without levels",
    "state: [t], levels: [500], times: [0], layout: [level, lat, lon]",
    "state: [t], times: [0], layout: [lat, lon]",
    "networks[0].inputs.x.state[0]: expected levels wherever t is named, or nowhere; got both",
  ],
  [
    "a variable that is both",
    "[rain]",
    "[q, t], levels: [850, 500]",
    "diagnostics[0].outputs.r.diagnostic[1]: t is state at networks[0].inputs.x.state[0]; expected it to be one of state and diagnostic",
  ],
  [
    "a state that a diagnostic network makes",
    "diagnostic: [rain]",
    "state: [rain]",
    "diagnostics[0].outputs.r.state[0]: expected diagnostic: what networks under diagnostics make is not fed back; got state rain",
  ],
  [
    "two outputs of one variable",
    "y: { like: x, times: [1] }",
    "y: { like: x }\n      z: { like: x }",
    "networks[0].inputs.x.state[0]: t is written by the outputs y and z; keep one",
  ],
  [
    "like nothing",
    "like: x",
    "like: z",
    'networks[0].outputs.y.like: expected the name of an input (x, f); got "z"',
  ],
  [
    "like a vector of time",
    "like: x",
    "like: f",
    "networks[0].outputs.y: expected exactly one of state, diagnostic; got none of them",
  ],
  [
    "like in an input",
    "times: [0], layout: [channel] }",
    "times: [0], layout: [channel], like: x }",
    "networks[0].inputs.f.like: unknown key",
  ],
  [
    "several times without an axis",
    "layout: [batch, [time, channel], lat, lon]",
    "layout: [channel, lat, lon]",
    "networks[0].inputs.x: expected an axis time in the layout, or one time; got times [-1, 0]",
  ],
  [
    "times of the future",
    "layout: [batch, [time, channel], lat, lon]",
    "times: [0, 1], layout: [time, channel, lat, lon]",
    "networks[0].inputs.x.times: expected times of the state, at most 0; got [1]",
  ],
  [
    "times before the state",
    "layout: [batch, [time, channel], lat, lon]",
    "times: [-2, 0], layout: [time, channel, lat, lon]",
    "networks[0].inputs.x.times: expected times that the state has: history is 2; [-2] would be 2 steps back",
  ],
  [
    "a time twice",
    "layout: [batch, [time, channel], lat, lon]",
    "times: [0, 0], layout: [time, channel, lat, lon]",
    "networks[0].inputs.x.times[1]: the time is there twice; keep one",
  ],
  [
    "an output without time 1",
    "times: [1]",
    "times: [2]",
    "networks[0].outputs.y.times: expected times with 1, which is what a network makes; got [2]",
  ],
  [
    "feed of a time that is not there",
    "times: [1]",
    "times: [1], feed: [0, 1]",
    "networks[0].outputs.y.feed: expected some of the times [1]; got [0]",
  ],
  [
    "feed of the future",
    "times: [1]",
    "times: [1, 2], feed: [1, 2]",
    "networks[0].outputs.y.feed: expected times up to 1, the newest of the state; got [2]",
  ],
  [
    "feed without the next state",
    "times: [1]",
    "times: [0, 1], feed: [0]",
    "networks[0].outputs.y.feed: expected 1 among them, which is the next state; got [0]",
  ],
  [
    "feed before the state",
    "times: [1]",
    "times: [-1, 1], feed: [-1, 1]",
    "networks[0].outputs.y.feed: expected times that the state has: history is 2; it has no entry for [-1]",
  ],
  [
    "feed of a diagnostic",
    "diagnostic: [rain],",
    "diagnostic: [rain], feed: [1],",
    "diagnostics[0].outputs.r.feed: expected only with state",
  ],
  [
    "residual of a diagnostic",
    "diagnostic: [rain],",
    "diagnostic: [rain], residual: true,",
    "diagnostics[0].outputs.r.residual: expected only with state",
  ],
  [
    "residual that is a word",
    "times: [1]",
    "times: [1], residual: some",
    "networks[0].outputs.y.residual: expected true or false",
  ],
  [
    "a mean without std",
    "levels: [850, 500]",
    "levels: [850, 500], normalize: { mean: 0 }",
    "networks[0].inputs.x.normalize.std: missing; expected a number, a list or an .npy file",
  ],
  [
    "too few means",
    "levels: [850, 500]",
    "levels: [850, 500], normalize: { mean: [0, 1], std: 1 }",
    "networks[0].inputs.x.normalize.mean: expected one number, or one for each of 4 channels; got 2",
  ],
  [
    "an array of too few means",
    "levels: [850, 500]",
    "levels: [850, 500], normalize: { mean: three.npy, std: 1 }",
    "networks[0].inputs.x.normalize.mean: expected one number, or one for each of 4 channels; got 3",
  ],
  [
    "a std of 0",
    "levels: [850, 500]",
    "levels: [850, 500], normalize: { mean: 0, std: [1, 1, 0, 1] }",
    "networks[0].inputs.x.normalize.std: expected no 0, by which inputs would be divided; number 2 is 0",
  ],
  [
    "a mean that is no number",
    "levels: [850, 500]",
    "levels: [850, 500], normalize: { mean: .nan, std: 1 }",
    "networks[0].inputs.x.normalize.mean: expected a number that is finite; got NaN",
  ],
  [
    "a perturbation of nothing",
    "history: 2",
    "history: 2\nperturbation: { correlation: 500 }",
    "perturbation.variables: missing; expected a map: names of state variables, and standard deviations",
  ],
  [
    "a perturbation of a diagnostic",
    "history: 2",
    "history: 2\nperturbation: { variables: { rain: 1 } }",
    "perturbation.variables.rain: expected a state variable; rain is diagnostic, so that no state has it",
  ],
  [
    "a perturbation of an unknown",
    "history: 2",
    "history: 2\nperturbation: { variables: { w: 1 } }",
    'perturbation.variables.w: no tensor has a variable "w"',
  ],
  [
    "a negative deviation",
    "history: 2",
    "history: 2\nperturbation: { variables: { t: -1 } }",
    "perturbation.variables.t: expected a standard deviation, at least 0; got -1",
  ],
  [
    "a correlation in words",
    "history: 2",
    "history: 2\nperturbation: { variables: { t: 1 }, correlation: far }",
    'perturbation.correlation: expected a length in km, at least 0; got "far"',
  ],
];

const GAPS: readonly Mistake[] = [
  [
    "a network that begins late",
    "    inputs:\n      x",
    "    when: { from: 3 }\n    inputs:\n      x",
    "networks: expected a network for every step; none makes n = 1, while n = 3 is made",
  ],
  [
    "a network for every fourth step alone",
    "    inputs:\n      x",
    "    when: { every: 4 }\n    inputs:\n      x",
    "networks: expected a network for every step; none makes n = 1, while n = 4 is made",
  ],
];

const OIP: readonly Mistake[] = [
  ["oip without an address", "{ ", "{ ", "url: missing; expected the http(s) address of the server"],
  [
    "oip with a file",
    "{ ",
    "{ url: http://triton:8000, ",
    "networks[0].file: expected only with runtime onnx; the runtime is oip",
  ],
  [
    "another kind of address",
    "{ ",
    "{ url: file:///x, ",
    'url: expected the http(s) address of the server; got "file:///x"',
  ],
];

let folder: TestFolder;
beforeAll(async () => {
  folder = await testFolder({
    "a.onnx": "",
    "small.npy": npyFloat32([2, 2], [1, 2, 3, 4]),
    "three.npy": npyFloat32([3], [1, 2, 3]),
    "nan.npy": npyFloat32([3, 4], [0, Number.NaN, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    "text.npy": "no array at all",
    "folder/x": "",
  });
  await symlink("/etc/hostname", join(folder.path, "link.onnx"));
});
afterAll(() => folder[Symbol.asyncDispose]());

async function problemsOf(text: string): Promise<readonly string[]> {
  await folder.write("model.yaml", text);
  try {
    await readModelPackage(folder.path);
    return [];
  } catch (error) {
    if (error instanceof ModelPackageError) return error.problems.map(formatPackageProblem);
    throw error;
  }
}

describe("a model package", () => {
  it("without mistakes is read", async () => {
    expect(await problemsOf(RIGHT)).toEqual([]);
  });

  it.each([...MISTAKES, ...GAPS])("with %s says so", async (_, from, to, problem) => {
    const text = RIGHT.replace(from, () => to);
    expect(text).not.toBe(RIGHT);
    const found = await problemsOf(text);
    expect(found.join("\n")).toContain(problem);
    expect(found[0]).toMatch(/^model\.yaml:\d+:\d+: /);
    expect(found.length).toBeLessThanOrEqual(5);
  });

  it.each(OIP)("with %s says so", async (_, from, to, problem) => {
    const text = `{ runtime: oip, step: PT1H, grid: { x: { values: [0] } },
      networks: [{ file: a, model: m, inputs: { i: { state: [h], layout: [x] } }, outputs: { o: { like: i } } }] }`;
    expect((await problemsOf(text.replace(from, to))).join("\n")).toContain(problem);
  });

  it("tells all mistakes at once, in the order of the file, each where it is", async () => {
    const text = RIGHT.replace("step: PT6H", "step: 6h")
      .replace("levels: [850, 500]", "levels: [850, low]")
      .replace("diagnostic: [rain]", "diagnostics: [rain]");
    expect(await problemsOf(text)).toEqual([
      'model.yaml:2:1: step: expected an ISO 8601 duration such as PT6H or P1D, without months and years; got "6h"',
      'model.yaml:9:41: networks[0].inputs.x.levels[1]: expected a number; got "low"',
      expect.stringContaining(
        "model.yaml:16:16: diagnostics[0].outputs.r: expected exactly one of state, diagnostic",
      ),
      expect.stringContaining(
        'diagnostics[0].outputs.r.diagnostics: unknown key; did you mean "diagnostic"?',
      ),
    ]);
  });

  it("that is no map, or empty, says so", async () => {
    expect(await problemsOf("")).toEqual([expect.stringContaining("expected a map of title")]);
    expect(await problemsOf("- a")).toEqual([expect.stringContaining("expected a map of title")]);
  });

  it("that is not there says so without its folder", async () => {
    const missing = readModelPackage(join(folder.path, "nowhere"));
    await expect(missing).rejects.toThrow(
      "model.yaml: there is no such file; expected the description of a model",
    );
    await expect(missing).rejects.not.toThrow(folder.path);
  });

  it("whose aliases multiply is refused before they fill the memory", async () => {
    const lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"];
    for (let i = 1; i < 12; i++) lines.push(`a${i}: &a${i} [${new Array(10).fill(`*a${i - 1}`).join(", ")}]`);
    const start = performance.now();
    expect(await problemsOf(lines.join("\n"))).toContainEqual(
      expect.stringContaining("more than 200000 values"),
    );
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it("that holds itself, or is nested without end, is refused", async () => {
    expect(await problemsOf("grid: &g { lat: *g }")).toContainEqual(
      expect.stringContaining("more than 32 levels of nesting"),
    );
    expect((await problemsOf("[".repeat(100_000))).length).toBeGreaterThan(0);
  });

  it("with more channels than any model has is refused", async () => {
    const levels = Array.from({ length: 400 }, (_, i) => i + 1).join(", ");
    const names = Array.from({ length: 600 }, (_, i) => `v${i}`).join(", ");
    const text = RIGHT.replace("state: [t, u]", `state: [t, u, ${names}]`).replace(
      "[850, 500]",
      `[500, ${levels}]`,
    );
    expect((await problemsOf(text)).join("\n")).toContain("expected at most 200000 channels");
  });
});
