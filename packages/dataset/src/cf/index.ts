export {
  type Calendar,
  type CalendarDate,
  dateOfDay,
  dayNumber,
  daysInMonth,
  parseCalendar,
} from "./calendar.ts";
export { type CoordinateKind, coordinateKind } from "./coordinate-kind.ts";
export { isLeadTime, leadUnit } from "./lead-time.ts";
export { type RotatedPole, rotatedPoleOf, unrotatedGrid } from "./rotated-pole.ts";
export {
  between,
  decodeInstant,
  formatInstant,
  formatRfc3339,
  type Instant,
  later,
  parseTimeUnits,
  type TimeCoding,
  timeCodingOf,
} from "./time-coding.ts";
