import { z } from "zod";

/** `jobs.owners` */
export const ownersKey = z
  .strictObject({
    header: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,64}$/)
      .describe("the name of a header in which a trusted proxy says who asks, such as X-Forwarded-User"),
    maxRunning: z
      .int()
      .min(1)
      .max(10_000)
      .optional()
      .describe("a number of steps of one owner that run at once, in all processes together"),
  })
  .optional()
  .describe("who owns a job, and what one owner may have");
