/** Global attributes of CMIP5, CMIP6, CORDEX and their kin that catalogs of models are searched by; a column each. */
export const ESM_ATTRIBUTES = [
  "mip_era",
  "project_id",
  "activity_id",
  "institution_id",
  "institute_id",
  "source_id",
  "model_id",
  "driving_model_id",
  "experiment_id",
  "driving_experiment_name",
  "member_id",
  "variant_label",
  "CORDEX_domain",
  "table_id",
  "realm",
  "modeling_realm",
  "frequency",
  "grid_label",
  "product",
] as const;

export const ESM_COLUMNS = [
  "dataset_id",
  "group",
  "variable_id",
  ...ESM_ATTRIBUTES,
  "title",
  "start",
  "end",
  "version",
  "href",
] as const;
