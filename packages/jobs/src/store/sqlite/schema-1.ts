/** The first schema. */
export const SCHEMA_1 = `
  CREATE TABLE jobs (
    id TEXT PRIMARY KEY, definition TEXT NOT NULL, owner TEXT NOT NULL, state TEXT NOT NULL,
    rank REAL NOT NULL, created_at INTEGER NOT NULL, expires_at INTEGER,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX jobs_newest ON jobs (created_at DESC, id DESC);
  CREATE INDEX jobs_of_definition ON jobs (definition, created_at DESC, id DESC);
  CREATE INDEX jobs_of_owner ON jobs (owner, created_at DESC, id DESC);
  CREATE INDEX jobs_of_state ON jobs (state, created_at DESC, id DESC);
  CREATE INDEX jobs_queue ON jobs (rank, id) WHERE state = 'queued';
  CREATE INDEX jobs_expiry ON jobs (expires_at) WHERE expires_at IS NOT NULL;
  CREATE TABLE steps (
    job TEXT NOT NULL REFERENCES jobs (id), task INTEGER NOT NULL, position INTEGER NOT NULL,
    task_key TEXT NOT NULL, name TEXT NOT NULL, step TEXT NOT NULL,
    state TEXT NOT NULL, rank REAL NOT NULL, not_before INTEGER NOT NULL, lease_until INTEGER, fence INTEGER NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (job, task, position)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX steps_ready ON steps (rank) WHERE state = 'ready';
  CREATE INDEX steps_running ON steps (lease_until) WHERE state = 'running';
  CREATE TABLE events (
    job TEXT NOT NULL REFERENCES jobs (id), sequence INTEGER NOT NULL, event TEXT NOT NULL,
    PRIMARY KEY (job, sequence)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE idempotency (
    owner TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL, job TEXT NOT NULL, expires_at INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
  ) STRICT, WITHOUT ROWID;
`;
