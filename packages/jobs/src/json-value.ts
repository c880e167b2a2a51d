/** What a step takes and gives: data that survives a database and a process boundary. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
