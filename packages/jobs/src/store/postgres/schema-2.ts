/**
 * Counts of jobs that have ended, so that nobody has to look at all of them. Who ends a job adds a row and waits for nobody; each
 * thousandth row sums up those before it, as far as nobody else is doing so. Triggers, so that a program of schema 1 that still
 * runs is counted too; the sums come last, when their lock lets nobody write.
 */
export const SCHEMA_2 = `
  CREATE TABLE zarr_gateway.job_counts (
    definition text COLLATE "C" NOT NULL, state text COLLATE "C" NOT NULL, jobs bigint NOT NULL,
    PRIMARY KEY (definition, state)
  );
  CREATE TABLE zarr_gateway.job_count_changes (
    number bigint GENERATED ALWAYS AS IDENTITY,
    definition text COLLATE "C" NOT NULL, state text COLLATE "C" NOT NULL, jobs integer NOT NULL
  );
  CREATE FUNCTION zarr_gateway.sum_up_job_counts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    WITH taken AS (
      DELETE FROM zarr_gateway.job_count_changes WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM zarr_gateway.job_count_changes FOR UPDATE SKIP LOCKED))
      RETURNING definition, state, jobs
    )
    INSERT INTO zarr_gateway.job_counts AS kept
    SELECT definition, state, sum(jobs) FROM taken GROUP BY definition, state ORDER BY definition, state
    ON CONFLICT (definition, state) DO UPDATE SET jobs = kept.jobs + excluded.jobs;
    RETURN NULL;
  END $$;
  CREATE TRIGGER thousandth AFTER INSERT ON zarr_gateway.job_count_changes
    FOR EACH ROW WHEN (new.number % 1000 = 0) EXECUTE FUNCTION zarr_gateway.sum_up_job_counts();

  CREATE FUNCTION zarr_gateway.count_ended_job() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP <> 'INSERT' AND old.has_ended THEN
      INSERT INTO zarr_gateway.job_count_changes (definition, state, jobs) VALUES (old.definition, old.state, -1);
    END IF;
    IF TG_OP <> 'DELETE' AND new.has_ended THEN
      INSERT INTO zarr_gateway.job_count_changes (definition, state, jobs) VALUES (new.definition, new.state, 1);
    END IF;
    RETURN NULL;
  END $$;
  CREATE FUNCTION zarr_gateway.count_no_job() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    TRUNCATE zarr_gateway.job_counts, zarr_gateway.job_count_changes;
    RETURN NULL;
  END $$;
  CREATE TRIGGER jobs_come AFTER INSERT ON zarr_gateway.jobs
    FOR EACH ROW WHEN (new.has_ended) EXECUTE FUNCTION zarr_gateway.count_ended_job();
  CREATE TRIGGER jobs_go AFTER DELETE ON zarr_gateway.jobs
    FOR EACH ROW WHEN (old.has_ended) EXECUTE FUNCTION zarr_gateway.count_ended_job();
  CREATE TRIGGER jobs_change AFTER UPDATE ON zarr_gateway.jobs FOR EACH ROW
    WHEN ((old.has_ended OR new.has_ended) AND (old.state <> new.state OR old.has_ended <> new.has_ended))
    EXECUTE FUNCTION zarr_gateway.count_ended_job();
  CREATE TRIGGER jobs_vanish AFTER TRUNCATE ON zarr_gateway.jobs
    FOR EACH STATEMENT EXECUTE FUNCTION zarr_gateway.count_no_job();
  INSERT INTO zarr_gateway.job_counts
    SELECT definition, state, count(*) FROM zarr_gateway.jobs WHERE has_ended GROUP BY definition, state;
`;
