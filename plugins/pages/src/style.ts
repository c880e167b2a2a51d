import { BASE } from "./style/base.ts";
import { DATASET } from "./style/dataset.ts";
import { JOBS } from "./style/jobs.ts";
import { ROOT } from "./style/root.ts";
import { VIEWER } from "./style/viewer.ts";

/** Style sheet of all pages; light and dark set their own background. No fonts and pictures from elsewhere. */
export const STYLE = `${BASE}${ROOT}${DATASET}${VIEWER}${JOBS}`;
