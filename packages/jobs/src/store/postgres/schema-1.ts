/**
 * The first schema. `number` is the order of the list: the milliseconds since 1970 and a place within the millisecond,
 * 20 bits. The extension pg_trgm makes searches quick; a server without it, or a user who may not create it, looks through all.
 */
export const SCHEMA_1 = `
  CREATE SEQUENCE zarr_gateway.job_places MINVALUE 0 MAXVALUE 1048575 CYCLE;
  CREATE TABLE zarr_gateway.jobs (
    number bigint PRIMARY KEY, id text COLLATE "C" NOT NULL UNIQUE,
    definition text COLLATE "C" NOT NULL, owner text COLLATE "C" NOT NULL, state text COLLATE "C" NOT NULL,
    rank double precision NOT NULL, created_at bigint NOT NULL, sequence integer NOT NULL, has_ended boolean NOT NULL,
    expires_at bigint, expired_at bigint, deadline_at bigint,
    search text NOT NULL, record text NOT NULL
  );
  CREATE INDEX jobs_of_definition ON zarr_gateway.jobs (definition, number);
  CREATE INDEX jobs_of_owner ON zarr_gateway.jobs (owner, number);
  CREATE INDEX jobs_of_state ON zarr_gateway.jobs (state, number);
  CREATE INDEX jobs_queue ON zarr_gateway.jobs (rank, id) WHERE state = 'queued';
  CREATE INDEX jobs_queued ON zarr_gateway.jobs (definition, created_at) WHERE state = 'queued';
  CREATE INDEX jobs_expiry ON zarr_gateway.jobs (expires_at) WHERE expires_at IS NOT NULL;
  CREATE INDEX jobs_expired ON zarr_gateway.jobs (expired_at) WHERE expired_at IS NOT NULL;
  CREATE INDEX jobs_deadline ON zarr_gateway.jobs (deadline_at) WHERE deadline_at IS NOT NULL;
  CREATE TABLE zarr_gateway.steps (
    job text COLLATE "C" NOT NULL, task integer NOT NULL, position integer NOT NULL,
    task_key text NOT NULL, name text NOT NULL, step text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL, rank double precision NOT NULL, not_before bigint NOT NULL, lease_until bigint,
    fence integer NOT NULL, record text NOT NULL,
    PRIMARY KEY (job, task, position)
  );
  CREATE INDEX steps_ready ON zarr_gateway.steps (rank, job) WHERE state = 'ready';
  CREATE INDEX steps_running ON zarr_gateway.steps (lease_until) WHERE state = 'running';
  CREATE TABLE zarr_gateway.events (
    job text COLLATE "C" NOT NULL, sequence integer NOT NULL, event text NOT NULL,
    PRIMARY KEY (job, sequence)
  );
  CREATE TABLE zarr_gateway.idempotency (
    owner text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL, digest text NOT NULL, job text COLLATE "C" NOT NULL,
    expires_at bigint NOT NULL,
    PRIMARY KEY (owner, key)
  );
  CREATE INDEX idempotency_of_job ON zarr_gateway.idempotency (job);
  CREATE INDEX idempotency_expiry ON zarr_gateway.idempotency (expires_at);
  DO $$ BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
    CREATE INDEX jobs_search ON zarr_gateway.jobs USING gin (search gin_trgm_ops);
  EXCEPTION WHEN insufficient_privilege OR undefined_file OR undefined_object OR feature_not_supported THEN
    RAISE NOTICE 'jobs are searched without an index: %', SQLERRM;
  END $$;
`;
