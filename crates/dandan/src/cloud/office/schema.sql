CREATE TABLE IF NOT EXISTS office_brand (
    brand    TEXT   NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL,
    planned  BIGINT NOT NULL,
    until_ms BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS office_unit (
    brand    TEXT NOT NULL,
    unit     TEXT NOT NULL,
    kind     TEXT NOT NULL,
    parent   TEXT NOT NULL,
    name     TEXT NOT NULL,
    store_id BYTEA,
    PRIMARY KEY (brand, unit)
);
CREATE TABLE IF NOT EXISTS office_person (
    brand  TEXT   NOT NULL,
    staff  TEXT   NOT NULL,
    unit   TEXT   NOT NULL,
    name   TEXT   NOT NULL,
    role   TEXT   NOT NULL,
    pin    BYTEA  NOT NULL,
    pin_no BIGINT NOT NULL,
    PRIMARY KEY (brand, staff)
);
CREATE TABLE IF NOT EXISTS office_device (
    brand    TEXT   NOT NULL,
    device   TEXT   NOT NULL,
    unit     TEXT   NOT NULL,
    name     TEXT   NOT NULL,
    key_hash TEXT   NOT NULL,
    made_ms  BIGINT NOT NULL,
    PRIMARY KEY (brand, device)
);
CREATE TABLE IF NOT EXISTS office_menu (
    brand   TEXT    NOT NULL,
    version INTEGER NOT NULL,
    request TEXT    NOT NULL,
    hash    TEXT    NOT NULL,
    note    TEXT    NOT NULL,
    by_whom TEXT    NOT NULL,
    at_ms   BIGINT  NOT NULL,
    dishes  INTEGER NOT NULL,
    body    BYTEA   NOT NULL,
    PRIMARY KEY (brand, version)
);
CREATE TABLE IF NOT EXISTS office_release (
    brand     TEXT    NOT NULL,
    release   TEXT    NOT NULL,
    unit      TEXT    NOT NULL,
    version   INTEGER NOT NULL,
    from_ms   BIGINT  NOT NULL,
    may_price BOOLEAN NOT NULL,
    may_hours BOOLEAN NOT NULL,
    made_ms   BIGINT  NOT NULL,
    PRIMARY KEY (brand, release)
);
CREATE TABLE IF NOT EXISTS office_token (
    brand      TEXT   NOT NULL,
    token_hash TEXT   NOT NULL,
    unit       TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    until_ms   BIGINT NOT NULL,
    PRIMARY KEY (brand, token_hash)
);
CREATE TABLE IF NOT EXISTS office_act (
    brand   TEXT   NOT NULL,
    no      BIGINT NOT NULL,
    at_ms   BIGINT NOT NULL,
    unit    TEXT   NOT NULL,
    by_whom TEXT   NOT NULL,
    kind    TEXT   NOT NULL,
    what    TEXT   NOT NULL,
    PRIMARY KEY (brand, no)
);
CREATE TABLE IF NOT EXISTS office_assigned (
    store_id BYTEA NOT NULL PRIMARY KEY,
    brand    TEXT  NOT NULL
);
CREATE TABLE IF NOT EXISTS office_store (
    store_id BYTEA NOT NULL PRIMARY KEY,
    brand    TEXT  NOT NULL,
    unit     TEXT  NOT NULL
);
CREATE TABLE IF NOT EXISTS office_pin (
    store_id BYTEA  NOT NULL,
    staff    TEXT   NOT NULL,
    pin_no   BIGINT NOT NULL,
    pin_hash TEXT   NOT NULL,
    PRIMARY KEY (store_id, staff)
);
CREATE TABLE IF NOT EXISTS office_directive (
    store_id     BYTEA   NOT NULL PRIMARY KEY,
    brand        TEXT    NOT NULL,
    revision     BIGINT  NOT NULL,
    number       BIGINT  NOT NULL,
    hash         TEXT    NOT NULL,
    wish         TEXT    NOT NULL,
    followed     BIGINT  NOT NULL,
    delivered_ms BIGINT  NOT NULL,
    menus        TEXT    NOT NULL,
    trouble      TEXT    NOT NULL,
    tries        INTEGER NOT NULL,
    next_ms      BIGINT  NOT NULL,
    claimed_ms   BIGINT  NOT NULL
);
CREATE INDEX IF NOT EXISTS office_directive_due ON office_directive (store_id) WHERE followed < number;
