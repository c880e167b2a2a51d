const NAMES: Readonly<Record<string, string>> = {
  degrees_east: "°E",
  degree_east: "°E",
  degrees_north: "°N",
  degree_north: "°N",
  degrees: "°",
  degree: "°",
  degc: "°C",
  "deg c": "°C",
  deg_c: "°C",
  degree_c: "°C",
  degrees_c: "°C",
  celsius: "°C",
  degree_celsius: "°C",
  degrees_celsius: "°C",
  millibars: "hPa",
  percent: "%",
};
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Units as people write them: `W m-2` is W m⁻², `degrees_east` °E. Others stay as they are. */
export function readableUnit(unit: string): string;
export function readableUnit(unit: string | undefined): string | undefined;
export function readableUnit(unit: string | undefined): string | undefined {
  if (unit === undefined) return undefined;
  const known = unit.trim().toLowerCase();
  if (Object.hasOwn(NAMES, known)) return NAMES[known];
  return unit.replace(
    /([a-zA-Z%°)])(?:\*\*|\^)?\{?([-+]?\d{1,2})\}?(?![\d.a-zA-Z])/g,
    (_, letter: string, power: string) => {
      const raised = [...power].map((sign) =>
        sign === "-" ? "⁻" : sign === "+" ? "" : (SUPERSCRIPTS[Number(sign)] ?? ""),
      );
      return `${letter}${raised.join("")}`;
    },
  );
}
