/** Schema of the approval database, step by step; only ever appended to. */
export const APPROVAL_MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE hitl_requests (
    id TEXT PRIMARY KEY,
    workspace TEXT NOT NULL,
    session TEXT NOT NULL,
    principal TEXT NOT NULL,
    client TEXT NOT NULL,
    tool TEXT NOT NULL,
    arguments TEXT NOT NULL,
    digest TEXT NOT NULL,
    preview TEXT NOT NULL,
    preview_digest TEXT NOT NULL,
    scope_key TEXT,
    scope_label TEXT,
    status TEXT NOT NULL
      CHECK (status IN ('pending', 'approved', 'rejected', 'timeout', 'cancelled', 'consumed')),
    created INTEGER NOT NULL,
    begun INTEGER NOT NULL,
    begun_monotonic INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    responded INTEGER,
    channel TEXT,
    response TEXT,
    reason TEXT
  ) STRICT;
  CREATE INDEX hitl_requests_by_session ON hitl_requests (session, created);
  CREATE INDEX hitl_requests_by_status ON hitl_requests (status, created);

  CREATE TABLE session_grants (
    workspace TEXT NOT NULL,
    principal TEXT NOT NULL,
    session TEXT NOT NULL,
    key TEXT NOT NULL,
    label TEXT NOT NULL,
    request TEXT NOT NULL,
    begun INTEGER NOT NULL,
    begun_monotonic INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    PRIMARY KEY (workspace, principal, session, key)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE audit_log (
    seq INTEGER PRIMARY KEY,
    record TEXT NOT NULL,
    digest TEXT NOT NULL
  ) STRICT;
  CREATE TRIGGER audit_log_keeps_rows BEFORE DELETE ON audit_log
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
  CREATE TRIGGER audit_log_keeps_content BEFORE UPDATE ON audit_log
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

  CREATE TABLE rate_events (
    principal TEXT NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX rate_events_by_principal ON rate_events (principal, kind, at);

  CREATE TABLE undo_journal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    workspace TEXT NOT NULL,
    request TEXT,
    tool TEXT NOT NULL,
    path TEXT NOT NULL,
    at INTEGER NOT NULL,
    pid INTEGER NOT NULL,
    before BLOB,
    before_hash TEXT,
    before_mode INTEGER,
    after_hash TEXT,
    after_mode INTEGER,
    undoes INTEGER,
    state TEXT NOT NULL CHECK (state IN ('intent', 'done', 'void', 'unclear', 'undone'))
  ) STRICT;
  CREATE INDEX undo_journal_by_workspace ON undo_journal (workspace, id);
  CREATE INDEX undo_journal_by_state ON undo_journal (state);
  `,
  `
  CREATE TABLE page_codes (
    digest TEXT PRIMARY KEY,
    begun INTEGER NOT NULL,
    begun_monotonic INTEGER NOT NULL,
    expires INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE page_attempts (
    at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE page_sessions (
    digest TEXT PRIMARY KEY,
    proof_digest TEXT NOT NULL,
    begun INTEGER NOT NULL,
    begun_monotonic INTEGER NOT NULL,
    expires INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
];
