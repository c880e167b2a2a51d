import { OPERATIONS } from "@zarr-gateway/compute";

/** The page on views; the table of operations is the registry's. */
export function viewsPage(made: string): string {
  return `# Views

${made}

A view is a dataset computed from a dataset, named in the id: \`air@sel(lat=20:70,time=2013-01)@mean(time)\`. Every route of a
dataset works on it: Zarr (v3, v2), pages, \`P/info\`, STAC, Intake, pictures, NetCDF. It is lazy: opening one reads coordinates at
most, and a chunk is computed when it is asked for, from the source chunks that it needs. Results equal xarray's.

\`\`\`python
xr.open_zarr("http://127.0.0.1:9000/datasets/air@sel(lat=20:70)@mean(time).zarr")
\`\`\`

## Operations

Steps are applied from left to right. Arguments that are names mean dimensions, coordinates or variables.

| write | what it gives | xarray |
|---|---|---|
${OPERATIONS.map(row).join("\n")}

## How views are written

- \`air@step(…)@step(…)\`: a name, parentheses, arguments with commas between. At most 2000 characters, 16 steps, 64 arguments a step and
  1000 entries a list. A malformed view is 400 with the position of the mistake, counted from 0 behind the first \`@\`.
- **Labels**: numbers, names, and dates of the coordinate's own calendar. What has a comma, a parenthesis or a colon in it goes into double
  quotes (\`%22\`), as does a name that looks like a decimal number: \`sel(station="20.0")\`.
- **Ranges** \`low:high\` hold both ends, and what lies between in stored order, whichever way the coordinate runs; either end may be left
  out, and a step may follow (\`::2\`). On a falling coordinate \`high:low\` means the same; elsewhere it is refused, so that nobody takes
  \`lon=350:10\` for a way round the globe: ask for two parts. A negative step walks back.
- **Lists** \`500;850\` or \`[500,850]\`; one entry in brackets keeps its dimension.
- **Dates** may lack their end: \`time=2013-01\` is the whole month, \`time=2013:2014\` both years. As in xarray, a date as fine as the
  coordinate's own steps (\`2013-01-05\` of daily data) is one label and drops the dimension; on calendars that xarray reads as cftime
  a date is always a range.
- A label alone drops its dimension; the coordinate stays as a scalar. A label that does not exist is 400 with the nearest one, and so is
  what selects nothing. Coordinates along a dimension that are not named like it can be used too: \`sel(station_name=Oslo)\`. Those with
  two dimensions cannot: \`isel\` selects along them.
- **In URLs**: \`@ ( ) , = : ;\` may stand as they are. fsspec, and with it xarray, reads \`::\` as its own: write \`%3A%3A\`. A
  slash is \`%2F\`, a space \`%20\`.
- **Groups**: after the dot stands a component of a time (year month day hour minute second season dayofyear dayofweek week quarter
  days_in_month …), or there is any coordinate with one dimension. Variables without the grouped dimension get it too, as xarray's
  \`Dataset\` methods do; smallest and largest text, and sums, deviations and medians of times, are left out. \`resample\` names its bins
  as pandas does (as cftime, outside 1678 to 2262 and in other calendars), at most a million of them.
- **Formulas** have Python's precedence and numpy's types: float32 stays float32 beside a number, integers divided are float64. Names
  with other characters stand in double quotes; several formulas of one \`let\` see those before them. Between datasets, labels that only
  one of them has are left out, and so are scalar coordinates on which they differ.
- Equal views have one canonical id, which pages and catalogs print: order of names, \`20.0\` for \`20\` and encodings make no difference to
  caches and ETags.

## What a view keeps

- Attributes as xarray's \`keep_attrs=True\`; coordinates stay coordinates, also scalar ones and those that only a removed variable listed;
  packed numbers and fill values stay as they are stored where the values do.
- Stored chunks pass untouched where a selection lines up with them; otherwise chunks are read once and kept for their neighbours.
- A view covers the root group: child groups are left out. \`group:\` in the configuration publishes one as a dataset of its own.
- The version is made of that of the dataset and the canonical view, so that a view changes exactly when its dataset does, and is
  immutable where that is. Views are not listed by \`/datasets\`. Guards are asked about all datasets that a view is made of.
- CF attributes that name variables (\`bounds\`, \`grid_mapping\`) stay as they are, as in xarray; names that are gone leave \`coordinates\`.

## Reductions beside xarray's

Sums, means, deviations and slopes are added in float64 and rounded once, to xarray's result type; float32 results of numpy, which
rounds on the way, differ from them by about 10⁻⁶. Everything else is the same, but for what follows.

- xarray refuses a whole dataset for one variable that a method means nothing for; the view leaves that variable out: text along a
  reduced dimension, sums, deviations and medians of points in time (\`time_bnds\`), differences and quantiles of booleans. What does not
  lie along the dimension stays as it is stored.
- \`first\` and \`last\` give the first or last value that is not missing, as those of \`groupby\` do.
- \`quantile\` is always float64, and neighbouring integers do not overflow between each other, as numpy's may. Neither do integers in a
  \`rolling\` sum or mean.
- \`wmean\` is float64. Weights are, in this order: the variable that \`cell_measures\` names, \`areacella\`, \`areacello\`, \`areacellr\` or
  \`cell_area\` on the variable's dimensions; differences of the sines of latitude bounds, times widths of longitude bounds; areas within
  the corners of curvilinear and unstructured cells; cosines of the latitude. Missing weights are 0.
- \`trend\` is per unit of the coordinate as it is stored (days of \`days since …\`), and \`units\` say so: \`K day-1\`.
- Where a count or a difference takes the place of the bounds of a time, that time no longer names it as its \`bounds\`.
- \`median\` and \`quantile\` sort all values of a cell at once: a result that needs more than 512 MiB of them is refused.

## What it costs

\`?explain\` on any URL of a view answers JSON instead: the canonical view, its steps, and of a chunk's URL what would be read
(\`reads\`: chunks of the original, and their decoded bytes) and computed, whether stored bytes pass, and whether the result is in
memory. Nothing of it is done.

\`\`\`sh
curl 'http://127.0.0.1:9000/datasets/air@mean(time).zarr/tas/c/0/0?explain'
\`\`\`

A chunk that would take more than \`maxReadBytes\` of the original answers 413 with the estimate, before anything is read:

\`\`\`yaml
datasets:
  air: { location: data/air.nc }
plugins:
  views: { maxReadBytes: 8GiB }       # default 32GiB; false instead of the options switches views off
\`\`\`

Results that took much are kept under the view's version, in memory and (\`cache.disk\`) on disk; who asks for the same chunk at the same
time waits for the same work, and work for which nobody waits any more is cancelled.
`;
}

function row({ examples, summary, equivalent }: (typeof OPERATIONS)[number]): string {
  const written = examples.map((example) => `\`@${example}\``).join(", ");
  return `| ${written} | ${summary} | \`${equivalent}\` |`.replaceAll("\n", " ");
}
