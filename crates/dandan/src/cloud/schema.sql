CREATE TABLE IF NOT EXISTS cloud_store (
    store_id  BYTEA  NOT NULL PRIMARY KEY,
    time_zone TEXT   NOT NULL,
    added_ms  BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS cloud_lease (
    store_id BYTEA  NOT NULL PRIMARY KEY,
    node     TEXT   NOT NULL,
    url      TEXT   NOT NULL,
    until_ms BIGINT NOT NULL
);
