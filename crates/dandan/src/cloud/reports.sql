-- Read models: rows that the projector (crates/report) makes of each store's floor, and how far it has come. All of it can be deleted
-- while nodes run or don't: it is made again from the journal. Money in fen. What a figure counts is said in crates/report/src/figures.rs.
--
-- Every key begins with store_id, as in the journal.

CREATE TABLE IF NOT EXISTS report_progress (
    store_id BYTEA  NOT NULL PRIMARY KEY,
    version  BIGINT NOT NULL,
    seq      BIGINT NOT NULL,
    hash     BYTEA  NOT NULL,
    at_ms    BIGINT NOT NULL,
    node     TEXT   NOT NULL,
    until_ms BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS report_checkpoint (
    store_id BYTEA  NOT NULL PRIMARY KEY,
    version  BIGINT NOT NULL,
    seq      BIGINT NOT NULL,
    state    BYTEA  NOT NULL
);
CREATE TABLE IF NOT EXISTS report_day (
    store_id       BYTEA  NOT NULL,
    day            BIGINT NOT NULL,
    date           TEXT   NOT NULL,
    opened_ms      BIGINT NOT NULL,
    closed_ms      BIGINT,
    unmatched      BIGINT,
    parties        BIGINT NOT NULL,
    covers         BIGINT NOT NULL,
    orders         BIGINT NOT NULL,
    lines          BIGINT NOT NULL,
    dishes         BIGINT NOT NULL,
    gross          BIGINT NOT NULL,
    discounts      BIGINT NOT NULL,
    comps          BIGINT NOT NULL,
    comp_count     BIGINT NOT NULL,
    voids          BIGINT NOT NULL,
    void_count     BIGINT NOT NULL,
    remakes        BIGINT NOT NULL,
    service_charge BIGINT NOT NULL,
    other_fees     BIGINT NOT NULL,
    allowances     BIGINT NOT NULL,
    net            BIGINT NOT NULL,
    rounded_off    BIGINT NOT NULL,
    tips           BIGINT NOT NULL,
    received       BIGINT NOT NULL,
    on_account     BIGINT NOT NULL,
    accounts_paid  BIGINT NOT NULL,
    refunded       BIGINT NOT NULL,
    owed           BIGINT NOT NULL,
    PRIMARY KEY (store_id, day)
);
CREATE INDEX IF NOT EXISTS report_day_by_date ON report_day (store_id, date);
CREATE TABLE IF NOT EXISTS report_slot (
    store_id BYTEA    NOT NULL,
    day      BIGINT   NOT NULL,
    slot     SMALLINT NOT NULL,
    orders   BIGINT   NOT NULL,
    net      BIGINT   NOT NULL,
    PRIMARY KEY (store_id, day, slot)
);
CREATE TABLE IF NOT EXISTS report_way (
    store_id       BYTEA  NOT NULL,
    day            BIGINT NOT NULL,
    way            TEXT   NOT NULL,
    received_count BIGINT NOT NULL,
    received       BIGINT NOT NULL,
    refunded_count BIGINT NOT NULL,
    refunded       BIGINT NOT NULL,
    PRIMARY KEY (store_id, day, way)
);
CREATE TABLE IF NOT EXISTS report_dish (
    store_id BYTEA  NOT NULL,
    day      BIGINT NOT NULL,
    dish     TEXT   NOT NULL,
    name_zh  TEXT   NOT NULL,
    name_en  TEXT   NOT NULL,
    sold     BIGINT NOT NULL,
    gross    BIGINT NOT NULL,
    comps    BIGINT NOT NULL,
    net      BIGINT NOT NULL,
    voided   BIGINT NOT NULL,
    voids    BIGINT NOT NULL,
    PRIMARY KEY (store_id, day, dish)
);
CREATE TABLE IF NOT EXISTS report_cook (
    store_id BYTEA    NOT NULL,
    day      BIGINT   NOT NULL,
    station  TEXT     NOT NULL,
    bucket   SMALLINT NOT NULL,
    items    BIGINT   NOT NULL,
    overdue  BIGINT   NOT NULL,
    PRIMARY KEY (store_id, day, station, bucket)
);
