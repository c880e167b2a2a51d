import type { ColourScale } from "../colour/colour-scale.ts";
import { drawLine } from "./line-figure.ts";
import { mapFrames } from "./map-figure.ts";
import { type MapPlan, planMap, scaleOf } from "./map-plan.ts";
import type { Numbers, PictureJob } from "./picture-job.ts";
import { drawPlane } from "./plane-figure.ts";
import type { Picture } from "./sheet.ts";

/** Draws the frames of one job, one after the other: a picture is good until the next is drawn. */
export interface Figure {
  readonly scale: ColourScale;
  /** Of maps. */
  readonly plan?: MapPlan;
  draw(values: Numbers, frame: number): Picture;
}

export function createFigure(job: PictureJob, first: Numbers): Figure {
  const { geometry } = job;
  const scale = scaleOf(job, first);
  if (geometry.kind === "line")
    return { scale, draw: (values, frame) => drawLine(job, geometry, values, frame) };
  if (geometry.kind === "plane")
    return { scale, draw: (values, frame) => drawPlane({ job, geometry, scale }, values, frame) };
  const plan = planMap(job, geometry, scale);
  let frames: ReturnType<typeof mapFrames> | undefined;
  return {
    scale,
    plan,
    draw(values, frame) {
      frames ??= mapFrames({ job, geometry, plan });
      return frames(values, frame);
    },
  };
}
