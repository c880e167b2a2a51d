import type { Operation, OperationParameter } from "@zarr-gateway/plugin";

const query = (name: string, description: string): OperationParameter => ({
  name,
  in: "query",
  description,
  required: false,
  schema: { type: "string" },
});
const ID: OperationParameter = { name: "dataset_id", in: "path", description: "Id of the dataset" };

export const PICTURE_OPERATION: Operation = {
  summary:
    "A variable as a picture (.png .svg .webp .gif), as values (.json .npy), or as a page around its picture",
  description:
    "Without a suffix the page. Every dimension that is not drawn takes a label by its name (`time=2013-01`, `level=850`) or a position (`isel=time:-1`); docs/pictures.md has all parameters.",
  tags: ["plot"],
  parameters: [
    ID,
    { name: "variable", in: "path", description: "Path of the variable, groups included, with the suffix" },
    query("time", "Label of the time; `2013-01` is the first of that month. Default: the last"),
    query("level", "Label of the height or pressure"),
    query("isel", "Positions: `time:-1,level:0`"),
    query("method", "`nearest` takes the nearest label"),
    query("bbox", "west,south,east,north in degrees; west > east crosses the antimeridian"),
    query(
      "projection",
      "PlateCarree, Robinson, Mollweide, Orthographic, LambertConformal, NorthPolarStereo, …, native",
    ),
    query("cmap", "Colour map of matplotlib or cmocean, `_r` for the reversed one"),
    query("vmin", "Lower end of the colours"),
    query("vmax", "Upper end of the colours"),
    query("robust", "Ends at the 2nd and the 98th percentile"),
    query("levels", "Classes: how many, or their edges"),
    query("contours", "Lines of equal value: how many, or at which values"),
    query("width", "Pixels"),
    query("height", "Pixels"),
    query("decorations", "`false`: the map area alone"),
    query("kind", "map, section, hovmoller, line or image"),
    query("animate", "Dimension of the frames of .gif and .webp"),
  ],
  answers: {
    "image/png": {},
    "image/svg+xml": {},
    "image/webp": {},
    "image/gif": {},
    "application/json": {},
    "text/html": {},
  },
};

export const THUMBNAIL_OPERATION: Operation = {
  summary: "A small picture of the variable that says most about the dataset",
  tags: ["plot"],
  parameters: [ID, query("width", "Pixels")],
  answers: { "image/png": {} },
};
