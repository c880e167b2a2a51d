/**
 * Deadlines, the search, counts by state. `number` is the order of the list: the milliseconds since 1970 and a place
 * within the millisecond, 20 bits. Foreign keys would be checked while tables are exchanged, so steps and events have none.
 */
export const SCHEMA_2 = `
  CREATE TABLE jobs_2 (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
    definition TEXT NOT NULL, owner TEXT NOT NULL, state TEXT NOT NULL,
    rank REAL NOT NULL, created_at INTEGER NOT NULL, sequence INTEGER NOT NULL, has_ended INTEGER NOT NULL,
    expires_at INTEGER, expired_at INTEGER, deadline_at INTEGER,
    record TEXT NOT NULL
  ) STRICT;
  INSERT INTO jobs_2
    SELECT created_at * 1048576 + row_number() OVER (PARTITION BY created_at ORDER BY id) - 1,
      id, definition, owner, state, rank, created_at,
      (SELECT max(sequence) FROM events WHERE job = id), record ->> '$.endedAt' IS NOT NULL,
      expires_at, record ->> '$.expiredAt', NULL, record
    FROM jobs;
  CREATE TABLE steps_2 (
    job TEXT NOT NULL, task INTEGER NOT NULL, position INTEGER NOT NULL,
    task_key TEXT NOT NULL, name TEXT NOT NULL, step TEXT NOT NULL,
    state TEXT NOT NULL, rank REAL NOT NULL, not_before INTEGER NOT NULL, lease_until INTEGER, fence INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (job, task, position)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO steps_2 SELECT * FROM steps;
  CREATE TABLE events_2 (
    job TEXT NOT NULL, sequence INTEGER NOT NULL, event TEXT NOT NULL,
    PRIMARY KEY (job, sequence)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO events_2 SELECT * FROM events;
  DROP TABLE steps; DROP TABLE events; DROP TABLE jobs;
  ALTER TABLE jobs_2 RENAME TO jobs; ALTER TABLE steps_2 RENAME TO steps; ALTER TABLE events_2 RENAME TO events;

  CREATE INDEX jobs_of_definition ON jobs (definition);
  CREATE INDEX jobs_of_owner ON jobs (owner);
  CREATE INDEX jobs_of_state ON jobs (state);
  CREATE INDEX jobs_queue ON jobs (rank, id) WHERE state = 'queued';
  CREATE INDEX jobs_queued ON jobs (definition, created_at) WHERE state = 'queued';
  CREATE INDEX jobs_expiry ON jobs (expires_at) WHERE expires_at IS NOT NULL;
  CREATE INDEX jobs_expired ON jobs (expired_at) WHERE expired_at IS NOT NULL;
  CREATE INDEX jobs_deadline ON jobs (deadline_at) WHERE deadline_at IS NOT NULL;
  CREATE INDEX steps_ready ON steps (rank) WHERE state = 'ready';
  CREATE INDEX steps_running ON steps (lease_until) WHERE state = 'running';
  CREATE INDEX idempotency_of_job ON idempotency (job);
  CREATE INDEX idempotency_expiry ON idempotency (expires_at);

  CREATE VIRTUAL TABLE job_search USING fts5 (text, tokenize = 'trigram case_sensitive 1', columnsize = 0);
  INSERT INTO job_search (rowid, text)
    SELECT number, lower(id || char(10) || definition || char(10) || substr(record -> '$.params', 1, 4096)) FROM jobs;

  CREATE TABLE job_counts (
    definition TEXT NOT NULL, state TEXT NOT NULL, jobs INTEGER NOT NULL, PRIMARY KEY (definition, state)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO job_counts SELECT definition, state, count(*) FROM jobs GROUP BY definition, state;
  CREATE TRIGGER jobs_come AFTER INSERT ON jobs BEGIN
    INSERT INTO job_counts VALUES (new.definition, new.state, 1) ON CONFLICT DO UPDATE SET jobs = jobs + 1;
  END;
  CREATE TRIGGER jobs_go AFTER DELETE ON jobs BEGIN
    UPDATE job_counts SET jobs = jobs - 1 WHERE definition = old.definition AND state = old.state;
  END;
  CREATE TRIGGER jobs_change AFTER UPDATE OF state ON jobs WHEN old.state <> new.state BEGIN
    UPDATE job_counts SET jobs = jobs - 1 WHERE definition = old.definition AND state = old.state;
    INSERT INTO job_counts VALUES (new.definition, new.state, 1) ON CONFLICT DO UPDATE SET jobs = jobs + 1;
  END;
`;
