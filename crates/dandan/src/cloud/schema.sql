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
CREATE TABLE IF NOT EXISTS cloud_box (
    store_id   BYTEA  NOT NULL PRIMARY KEY,
    public_key TEXT   NOT NULL,
    code_hash  BYTEA  NOT NULL,
    until_ms   BIGINT NOT NULL,
    wifi       TEXT   NOT NULL,
    lan_url    TEXT   NOT NULL
);
CREATE TABLE IF NOT EXISTS cloud_inbox (
    store_id    BYTEA  NOT NULL,
    digest      BYTEA  NOT NULL,
    received_ms BIGINT NOT NULL,
    path        TEXT   NOT NULL,
    headers     TEXT   NOT NULL,
    body        BYTEA  NOT NULL,
    PRIMARY KEY (store_id, digest)
);
CREATE TABLE IF NOT EXISTS cloud_quarantine (
    store_id BYTEA  NOT NULL,
    life     BYTEA  NOT NULL,
    node     BYTEA  NOT NULL,
    why      TEXT   NOT NULL,
    at_ms    BIGINT NOT NULL,
    PRIMARY KEY (store_id, life)
);
CREATE TABLE IF NOT EXISTS cloud_act (
    store_id BYTEA  NOT NULL,
    at_ms    BIGINT NOT NULL,
    by_whom  TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    what     TEXT   NOT NULL,
    PRIMARY KEY (store_id, at_ms)
);
CREATE TABLE IF NOT EXISTS cloud_secret (
    store_id BYTEA NOT NULL PRIMARY KEY,
    locked   BYTEA NOT NULL
);
CREATE TABLE IF NOT EXISTS cloud_receipt (
    store_id  BYTEA  NOT NULL,
    attempt   BYTEA  NOT NULL,
    signed_ms BIGINT NOT NULL,
    text      TEXT   NOT NULL,
    shop_zh   TEXT   NOT NULL,
    shop_en   TEXT   NOT NULL,
    time_zone TEXT   NOT NULL,
    PRIMARY KEY (store_id, attempt)
);
