import { z } from "zod";

/** Options of the plugin; all of them have defaults. Descriptions are noun phrases, as everywhere in the configuration. */
export const earth2studioOptions = z
  .strictObject({
    strict: z
      .boolean()
      .default(false)
      .describe(
        "true or false: whether answers follow Earth2Studio's own server to the letter, its faults included",
      ),
    zip: z
      .boolean()
      .default(false)
      .describe("true or false: whether the list of results has an entry for all files as one archive"),
    environment: z
      .boolean()
      .default(false)
      .describe("true or false: whether Earth2Studio's environment variables go over what this file says"),
  })
  .prefault({});

export type Earth2StudioOptions = z.output<typeof earth2studioOptions>;
