#!/usr/bin/env node
// Old syntax on purpose: an older Node must be able to read this file far enough to say what is missing.
"use strict";
var fs = require("node:fs");
var path = require("node:path");

var isClone = fs.existsSync(path.join(__dirname, "../src/main.ts"));
if (parseInt(process.versions.node, 10) < 24) {
  console.error(
    "zarr-gateway needs Node 24 or newer, this is v" +
      process.versions.node +
      (isClone
        ? "; run `npm install` in the clone and then `npx zarr-gateway`, which uses the Node 24 that npm fetched"
        : "; install Node 24 from https://nodejs.org and run the command again"),
  );
  process.exitCode = 1;
} else {
  // what Node has compiled once (and stripped of types, in a clone) is read from the disk the next time
  require("node:module").enableCompileCache();
  import(isClone ? "../src/main.ts" : "../dist/main.js");
}
