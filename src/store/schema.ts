import { EXCHANGE_FILES } from "./exchange-files.ts";

/**
 * The embedded store's tables, by version. What is read for whole-index scans (`chunk`, `segment`, `vector_codes`) is
 * kept apart from what is read for few hits (`chunk_text`, `vector`), so that scans stay small.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value ANY) WITHOUT ROWID;
  INSERT INTO meta VALUES ('revision', 0), ('nextChunk', 1), ('updatedAt', NULL), ('space', NULL);

  CREATE TABLE lease (only INTEGER PRIMARY KEY CHECK (only = 1), holder TEXT NOT NULL, pid INTEGER NOT NULL,
    host TEXT NOT NULL, heartbeat REAL NOT NULL);

  CREATE TABLE source (id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, size REAL NOT NULL, mtime REAL NOT NULL,
    inode REAL NOT NULL, hash TEXT NOT NULL, language TEXT NOT NULL, chunker TEXT NOT NULL, skipped TEXT, session TEXT,
    resume TEXT);
  CREATE INDEX source_skipped ON source (skipped, path) WHERE skipped IS NOT NULL;

  CREATE TABLE text (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE);

  CREATE TABLE chunk (id INTEGER PRIMARY KEY, source INTEGER NOT NULL, ordinal INTEGER NOT NULL, text INTEGER NOT NULL,
    start_line INTEGER NOT NULL, end_line INTEGER NOT NULL, language TEXT NOT NULL, kind TEXT NOT NULL, symbol TEXT,
    defines TEXT);
  CREATE INDEX chunk_source ON chunk (source, ordinal);
  CREATE INDEX chunk_by_text ON chunk (text);
  CREATE INDEX chunk_language ON chunk (language);
  CREATE TABLE chunk_text (chunk INTEGER PRIMARY KEY, body TEXT NOT NULL, embed TEXT);
  CREATE TABLE exchange (chunk INTEGER PRIMARY KEY, session TEXT NOT NULL, project TEXT NOT NULL, branch TEXT, cwd TEXT,
    role TEXT NOT NULL, subagent INTEGER NOT NULL, started REAL NOT NULL, ended REAL NOT NULL, details TEXT NOT NULL);
  CREATE INDEX exchange_session ON exchange (session);
  CREATE INDEX exchange_project ON exchange (project);
  CREATE INDEX exchange_ended ON exchange (ended);

  CREATE TABLE segment (base INTEGER PRIMARY KEY, revision INTEGER NOT NULL, live INTEGER NOT NULL,
    docs BLOB NOT NULL);
  CREATE TABLE posting (segment INTEGER NOT NULL, term TEXT NOT NULL, docs BLOB NOT NULL,
    PRIMARY KEY (segment, term)) WITHOUT ROWID;

  CREATE TABLE space (id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL UNIQUE, dimensions INTEGER NOT NULL,
    slots INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE vector (id INTEGER PRIMARY KEY, space INTEGER NOT NULL, text INTEGER NOT NULL, scale REAL NOT NULL,
    data BLOB NOT NULL);
  CREATE UNIQUE INDEX vector_text ON vector (space, text);
  CREATE TABLE vector_codes (id INTEGER PRIMARY KEY, revision INTEGER NOT NULL, texts BLOB NOT NULL,
    factors BLOB NOT NULL, codes BLOB NOT NULL);
  CREATE TABLE pending (text INTEGER PRIMARY KEY, mtime REAL NOT NULL);
  CREATE INDEX pending_mtime ON pending (mtime);
  `,
  `INSERT OR IGNORE INTO meta VALUES ('createdAt', CAST(unixepoch('now', 'subsec') * 1000 AS INTEGER));`,
  // A chunk whose meaning lies in its passages has the negative of the row that holds their digest as its text.
  `
  CREATE TABLE passage (chunk INTEGER NOT NULL, text INTEGER NOT NULL, body TEXT NOT NULL);
  CREATE INDEX passage_chunk ON passage (chunk);
  CREATE INDEX passage_text ON passage (text, chunk);
  CREATE VIEW meaning AS SELECT id AS chunk, text FROM chunk WHERE text > 0
    UNION ALL SELECT chunk, text FROM passage;
  `,
  // What a walk saw of a directory, for as long as it agrees with the sources in it.
  `
  CREATE TABLE folder (path TEXT PRIMARY KEY, stamp TEXT NOT NULL, folders TEXT NOT NULL, files TEXT NOT NULL,
    stats BLOB NOT NULL);
  `,
  // All that a check of conversation logs compares, apart from what was read of them, which is many times as much.
  `
  CREATE INDEX source_log ON source (chunker, skipped, path, size, mtime, inode) WHERE language = 'conversation';
  `,
  EXCHANGE_FILES,
  // What codes are told apart from. Until a space has it (`recentre`), its codes are of the vectors as they are.
  `
  ALTER TABLE space ADD COLUMN centre BLOB;
  ALTER TABLE space ADD COLUMN centred INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE vector_codes ADD COLUMN shares BLOB;
  `,
];
