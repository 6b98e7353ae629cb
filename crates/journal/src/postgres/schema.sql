-- The journal's tables. Every statement may be run again at any time.
--
-- Every key and every unique index begins with store_id, so the same file loads on a cluster that keeps each store's rows
-- together (Citus, YugabyteDB, CockroachDB). No sequences, triggers, advisory locks or foreign keys.
--
-- The one exception is blob: it holds menus and pictures under the SHA-256 of their bytes, and the same bytes serve every store
-- of a chain. Its key is that hash, so a cluster spreads it by hash; no transaction writes it together with another table.
--
-- On Citus, once, after these statements (and with one store per transaction, see PostgresOptions::batch):
--   SELECT create_distributed_table('stream', 'store_id');
--   SELECT create_distributed_table('event', 'store_id', colocate_with => 'stream');
--   SELECT create_distributed_table('command', 'store_id', colocate_with => 'stream');
--   SELECT create_distributed_table('snapshot', 'store_id', colocate_with => 'stream');
--   SELECT create_distributed_table('blob', 'hash', colocate_with => 'none');

CREATE TABLE IF NOT EXISTS event (
    store_id BYTEA    NOT NULL,
    stream   SMALLINT NOT NULL,
    seq      BIGINT   NOT NULL,
    epoch    BIGINT   NOT NULL,
    at_ms    BIGINT   NOT NULL,
    kind     TEXT     NOT NULL,
    version  BIGINT   NOT NULL,
    command  BYTEA    NOT NULL,
    body     BYTEA    NOT NULL,
    hash     BYTEA    NOT NULL,
    PRIMARY KEY (store_id, stream, seq)
);

CREATE TABLE IF NOT EXISTS command (
    store_id    BYTEA    NOT NULL,
    stream      SMALLINT NOT NULL,
    id          BYTEA    NOT NULL,
    fingerprint BYTEA    NOT NULL,
    answer      BYTEA    NOT NULL,
    first_seq   BIGINT   NOT NULL,
    last_seq    BIGINT   NOT NULL,
    seal        BYTEA    NOT NULL,
    PRIMARY KEY (store_id, stream, id)
);

CREATE INDEX IF NOT EXISTS command_by_first_seq ON command (store_id, stream, first_seq);

CREATE TABLE IF NOT EXISTS snapshot (
    store_id     BYTEA    NOT NULL,
    stream       SMALLINT NOT NULL,
    code_version BIGINT   NOT NULL,
    seq          BIGINT   NOT NULL,
    hash         BYTEA    NOT NULL,
    digest       BYTEA    NOT NULL,
    bytes        BYTEA    NOT NULL,
    PRIMARY KEY (store_id, stream, code_version, seq)
);

CREATE TABLE IF NOT EXISTS blob (
    hash  BYTEA NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (hash)
);

CREATE TABLE IF NOT EXISTS stream (
    store_id BYTEA    NOT NULL,
    stream   SMALLINT NOT NULL,
    epoch    BIGINT   NOT NULL,
    seq      BIGINT   NOT NULL,
    hash     BYTEA    NOT NULL,
    PRIMARY KEY (store_id, stream)
);

-- Made last: whoever finds this number finds everything above. A change to the tables adds statements and raises it.
CREATE OR REPLACE VIEW journal_format AS SELECT CAST(1 AS BIGINT) AS format;
