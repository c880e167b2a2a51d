import type { ColourScale } from "../colour/colour-scale.ts";
import { drawLine } from "./line-figure.ts";
import { cellsOf, drawMap, type MapPlan, planMap, scaleOf } from "./map-figure.ts";
import type { Numbers, PictureJob } from "./picture-job.ts";
import { drawPlane } from "./plane-figure.ts";
import type { Sheet } from "./sheet.ts";

/** Draws the frames of one job; what they share is worked out with the first. */
export interface Figure {
  readonly scale: ColourScale;
  /** Of maps. */
  readonly plan?: MapPlan;
  draw(values: Numbers, frame: number): Sheet;
}

export function createFigure(job: PictureJob, first: Numbers): Figure {
  const { geometry } = job;
  const scale = scaleOf(job, first);
  if (geometry.kind === "line")
    return { scale, draw: (values, frame) => drawLine(job, geometry, values, frame) };
  if (geometry.kind === "plane")
    return { scale, draw: (values, frame) => drawPlane(job, geometry, values, frame) };
  const plan = planMap(job, geometry, first);
  let cells: Int32Array | undefined;
  return {
    scale,
    plan,
    draw(values, frame) {
      cells ??= cellsOf(geometry, plan);
      return drawMap(job, geometry, values, plan, cells, frame);
    },
  };
}
