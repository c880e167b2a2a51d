export { type ForecastOptions, forecastDataset } from "./forecast-dataset.ts";
export { type ForecastOrigin, forecastVersion, provenance } from "./provenance.ts";
export { isPublished } from "./published-leads.ts";
