import type { Field, FieldAttributes, FieldSet } from "./field.ts";

/*
 * An idealised atmosphere: formulas, no observations and no model run. The mean temperature is the equilibrium of
 * Held and Suarez (1994, doi:10.1175/1520-0477(1994)075<1825:APFTIO>2.0.CO;2); on it travels one wave of
 * zonal wave number 5, as weather of middle latitudes looks from far away.
 */
const HOURS = Array.from({ length: 20 }, (_, i) => 6 * i);
const LEVELS = [1000, 850, 700, 500, 300, 200];
const LATITUDES = Array.from({ length: 36 }, (_, i) => 87.5 - 5 * i);
const LONGITUDES = Array.from({ length: 72 }, (_, i) => 5 * i);

const WAVE_NUMBER = 5;
const WAVE_DAYS = 8; // time in which the wave travels once its own length

export const attrs: FieldAttributes = {
  Conventions: "CF-1.11",
  title: "Idealised atmosphere",
  summary: "Made from formulas for trying out zarr-gateway; neither observed nor forecast",
  source: "analytical: Held-Suarez equilibrium temperature with one travelling wave",
  license: "CC0-1.0",
};

const radians = (degrees: number): number => (degrees * Math.PI) / 180;

/** Between -1 and 1: where the wave is, largest at 45 degrees. */
function wave(hour: number, lat: number, lon: number, phase = 0): number {
  const angle = WAVE_NUMBER * radians(lon) - (2 * Math.PI * hour) / (24 * WAVE_DAYS) + phase;
  return Math.sin(2 * radians(lat)) ** 2 * Math.cos(angle);
}

/** Held and Suarez (1994), equation for the equilibrium temperature, in kelvin. */
function equilibriumTemperature(lat: number, pressure: number): number {
  const ratio = pressure / 1000;
  const [sin, cos] = [Math.sin(radians(lat)), Math.cos(radians(lat))];
  const potential = 315 - 60 * sin ** 2 - 10 * Math.log(ratio) * cos ** 2;
  return Math.max(200, potential * ratio ** (2 / 7));
}

function temperature(hour: number, pressure: number, lat: number, lon: number): number {
  return (
    equilibriumTemperature(lat, pressure) + 6 * (pressure / 1000) * wave(hour, lat, lon, pressure / 1000)
  );
}

function eastwardWind(hour: number, pressure: number, lat: number, lon: number): number {
  const height = 1 - pressure / 1000;
  const jet = 40 * height * Math.sin(2 * radians(Math.abs(lat))) ** 2 - 5 * Math.cos(radians(lat)) ** 8;
  return jet + 10 * (0.4 + height) * wave(hour, lat, lon, Math.PI / 2) * Math.sign(lat);
}

function northwardWind(hour: number, pressure: number, lat: number, lon: number): number {
  return 14 * (1.4 - pressure / 1000) * wave(hour, lat, lon, Math.PI);
}

function seaLevelPressure(hour: number, lat: number, lon: number): number {
  const belts = 1013 + 6 * Math.cos(radians(6 * lat)) - 8 * Math.sin(radians(lat)) ** 8;
  return 100 * (belts + 14 * wave(hour, lat, lon, 0.6));
}

/** Warmest at three in the afternoon, local time. */
function surfaceTemperature(hour: number, lat: number, lon: number): number {
  const localHour = hour + lon / 15;
  const day = 5 * Math.cos(radians(lat)) * Math.cos((2 * Math.PI * (localHour - 15)) / 24);
  return temperature(hour, 1000, lat, lon) + day;
}

const coordinates: Readonly<Record<"time" | "level" | "lat" | "lon", Field>> = {
  time: coordinate("time", Float64Array.from(HOURS), {
    standard_name: "time",
    units: "hours since 2000-01-01 00:00:00",
    calendar: "standard",
    axis: "T",
  }),
  level: coordinate("level", Float64Array.from(LEVELS), {
    standard_name: "air_pressure",
    units: "hPa",
    positive: "down",
    axis: "Z",
  }),
  lat: coordinate("lat", Float64Array.from(LATITUDES), {
    standard_name: "latitude",
    units: "degrees_north",
    axis: "Y",
  }),
  lon: coordinate("lon", Float64Array.from(LONGITUDES), {
    standard_name: "longitude",
    units: "degrees_east",
    axis: "X",
  }),
};

function coordinate(name: string, values: Float64Array, attributes: FieldAttributes): Field {
  return { name, dims: [name], values, attrs: attributes };
}

const PROFILE_DIMS = ["time", "level", "lat", "lon"];
const SURFACE_DIMS = ["time", "lat", "lon"];
const lengths = { time: HOURS.length, level: LEVELS.length, lat: LATITUDES.length, lon: LONGITUDES.length };
const surfaceLengths = { time: lengths.time, lat: lengths.lat, lon: lengths.lon };

/** Values of a function at every point, rounded to what the eye and the compressor need. */
function profile(value: (hour: number, pressure: number, lat: number, lon: number) => number): Float32Array {
  return Float32Array.from(
    HOURS.flatMap((hour) =>
      LEVELS.flatMap((level) =>
        LATITUDES.flatMap((lat) =>
          LONGITUDES.map((lon) => Math.round(16 * value(hour, level, lat, lon)) / 16),
        ),
      ),
    ),
  );
}

function surface(value: (hour: number, lat: number, lon: number) => number): Float32Array {
  return Float32Array.from(
    HOURS.flatMap((hour) =>
      LATITUDES.flatMap((lat) => LONGITUDES.map((lon) => Math.round(16 * value(hour, lat, lon)) / 16)),
    ),
  );
}

const SCALE = 0.01; // kelvin, packed as CF has it: short integers with scale_factor and add_offset
const OFFSET = 250;

/** Temperature on pressure levels, packed into short integers. */
export function temperatureSet(): FieldSet {
  const packed = Int16Array.from(profile(temperature), (kelvin) => Math.round((kelvin - OFFSET) / SCALE));
  const field: Field = {
    name: "temperature",
    dims: PROFILE_DIMS,
    values: packed,
    attrs: { standard_name: "air_temperature", units: "K", scale_factor: SCALE, add_offset: OFFSET },
    fill: -32768,
    chunks: [5, lengths.level, lengths.lat, lengths.lon],
  };
  const { time, level, lat, lon } = coordinates;
  return { dims: lengths, fields: [time, level, lat, lon, field], attrs };
}

/** Pressure and temperature near the ground. */
export function surfaceSet(): FieldSet {
  const { time, lat, lon } = coordinates;
  const pressure: Field = {
    name: "pressure",
    dims: SURFACE_DIMS,
    values: surface(seaLevelPressure),
    attrs: { standard_name: "air_pressure_at_mean_sea_level", units: "Pa" },
  };
  const temperatureField: Field = {
    name: "temperature",
    dims: SURFACE_DIMS,
    values: surface(surfaceTemperature),
    attrs: { standard_name: "air_temperature", long_name: "temperature at 2 m", units: "K" },
  };
  return { dims: surfaceLengths, fields: [time, lat, lon, pressure, temperatureField], attrs };
}

/** Wind on pressure levels. */
export function windSet(): FieldSet {
  const { time, level, lat, lon } = coordinates;
  const chunks = [10, 2, lengths.lat, lengths.lon];
  const u: Field = {
    name: "u",
    dims: PROFILE_DIMS,
    values: profile(eastwardWind),
    attrs: { standard_name: "eastward_wind", units: "m s-1" },
    chunks,
  };
  const v: Field = {
    name: "v",
    dims: PROFILE_DIMS,
    values: profile(northwardWind),
    attrs: { standard_name: "northward_wind", units: "m s-1" },
    chunks,
  };
  return { dims: lengths, fields: [time, level, lat, lon, u, v], attrs };
}
