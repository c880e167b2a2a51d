import { z } from "zod";

/*
 * Parameters of Earth2Studio's workflows, in its words: its clients and tests know names, defaults and bounds.
 */

export const forecastTimes = z
  .array(z.string())
  .default(["2024-01-01T00:00:00"])
  .describe("List of forecast initialization times (ISO format)");

export const nsteps = (count: number) =>
  z
    .int()
    .min(1)
    .max(100)
    .default(count)
    .describe("Number of forecast steps (each step is that of the forecast)");

export const dataSource = z
  .enum(["gfs"])
  .default("gfs")
  .describe("Data source for initialization (the forecast has its own)");

export const outputFormat = z.enum(["zarr"]).default("zarr").describe("Output format (currently zarr)");

export const createPlots = z.boolean().default(true).describe("Whether to create visualization plots");

export const PLOT_VARIABLES = ["t2m", "msl", "u10m", "v10m", "tcwv", "z500"] as const;

export const plotStep = z.int().min(0).default(4).describe("Forecast step to plot");
