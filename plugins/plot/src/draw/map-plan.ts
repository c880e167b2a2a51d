import { type ColourScale, chooseScale } from "../colour/colour-scale.ts";
import { dataRange, joinedRange } from "../colour/data-range.ts";
import { bottomHeight, leftWidth } from "./axis-ticks.ts";
import { chooseMap } from "./choose-map.ts";
import { barTexts, barWidth } from "./colour-bar.ts";
import { type MapMarks, mapMarks } from "./map-marks.ts";
import type { MapView } from "./map-view.ts";
import type { OnGround } from "./on-ground.ts";
import type { Numbers, PictureJob } from "./picture-job.ts";
import { measuringContext } from "./sheet.ts";
import { titlesHeight } from "./titles.ts";

/** Where a map stands on its sheet, all in pixels. */
export interface MapPlan {
  readonly view: MapView;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly marks: MapMarks | undefined;
  readonly scale: ColourScale;
  /** Nothing but the map: transparent where nothing lies. */
  readonly isBare: boolean;
}

export function scaleOf({ request, range }: PictureJob, values: Numbers): ColourScale {
  return chooseScale(request.scale, joinedRange([range ?? dataRange(values, request.scale.robust)]));
}

export const PAD = 14;
const HIGHEST = 1.35;

/** A map with what stands around it. Frames of one animation share the plan and the cells under the pixels. */
export function planMap(job: PictureJob, geometry: OnGround, scale: ColourScale): MapPlan {
  const { request, titles, valueLabel } = job;
  const { parts, size } = request;
  const { projection, window } = chooseMap(geometry, request);
  const unit = size.dpi / 100;
  const isBare = !parts.colorbar && !parts.ticks && parts.title === false;
  const aspect = (window.y1 - window.y0) / (window.x1 - window.x0);
  if (isBare) {
    const height = size.height ?? clamp(Math.round(size.width * aspect), 1, 2 * size.width);
    const view = { projection, window, width: size.width, height };
    return { view, left: 0, top: 0, width: size.width, height, marks: undefined, scale, isBare };
  }
  const probe = measuringContext();
  const marks = parts.ticks ? mapMarks(projection, window, geometry) : undefined;
  const top = PAD * unit + titlesHeight(titles[0] ?? { title: "", subtitle: "" }, unit);
  const left =
    PAD * unit +
    (marks
      ? leftWidth(
          probe,
          marks.y.map(({ label }) => label),
          marks.yLabel !== "",
          unit,
        )
      : 0);
  const right = PAD * unit + (parts.colorbar ? barWidth(probe, barTexts(scale, valueLabel, 400), unit) : 0);
  const bottom = PAD * unit + (marks ? bottomHeight(true, marks.xLabel !== "", unit) : 0);
  const room = Math.max(8, size.width - left - right);
  const most = size.height === undefined ? HIGHEST * room : Math.max(8, size.height - top - bottom);
  const width = Math.max(1, Math.round(Math.min(room, most / aspect)));
  const height = Math.max(1, Math.round(Math.min(most, room * aspect)));
  const view = { projection, window, width, height };
  const slack = Math.max(0, room - width) / 2;
  const upper = size.height === undefined ? top : top + Math.max(0, most - height) / 2;
  const whole = size.height ?? Math.ceil(top + height + bottom);
  return {
    view,
    left: Math.round(left + slack),
    top: Math.round(upper),
    width: size.width,
    height: whole,
    marks,
    scale,
    isBare,
  };
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
