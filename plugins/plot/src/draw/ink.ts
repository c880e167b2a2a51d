/** Colours of everything that is no data. */
export const INK = {
  paper: "#ffffff",
  /** Where nothing is known, or nothing lies. */
  missing: "#e9ebed",
  text: "#16202a",
  quiet: "#55616d",
  frame: "#3a444e",
  coast: "#1f2933",
  border: "#4b5661",
  graticule: "rgba(40, 50, 60, 0.22)",
  contour: "rgba(16, 22, 30, 0.75)",
  line: "#1668a7",
} as const;

/** A colour of the list above as a word of an RGBA picture, little-endian. */
export function inkWord(colour: string): number {
  const value = Number.parseInt(colour.slice(1), 16);
  return (0xff000000 | ((value & 255) << 16) | (value & 0xff00) | (value >> 16)) >>> 0;
}
