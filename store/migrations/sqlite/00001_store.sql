-- Times are RFC 3339 UTC text of fixed width, so that their order is the order
-- of the text. Records are JSON as docs/contracts.md describes it.

-- +goose Up

-- Counts the changes: a writer must have seen the state that it replaces.
CREATE TABLE revision (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    number BIGINT NOT NULL
);
INSERT INTO revision (one, number) VALUES (1, 0);

CREATE TABLE facts (
    org     TEXT PRIMARY KEY,
    version BIGINT NOT NULL, -- of the ledger's encoding
    encoded BLOB NOT NULL,
    sha256  BLOB NOT NULL
);

CREATE TABLE campaign (
    id     TEXT PRIMARY KEY, -- PH-2026-0001
    year   BIGINT NOT NULL,
    number BIGINT NOT NULL,
    first  TEXT NOT NULL,
    last   TEXT NOT NULL,
    record TEXT NOT NULL,
    UNIQUE (year, number)
);

-- By what a campaign is recognised when it is seen again: hashes, as signed
-- numbers because SQL has no others.
CREATE TABLE campaign_key (
    campaign TEXT NOT NULL REFERENCES campaign (id),
    key      BIGINT NOT NULL,
    PRIMARY KEY (campaign, key)
);

CREATE TABLE target (
    campaign TEXT NOT NULL REFERENCES campaign (id),
    org      TEXT NOT NULL,
    record   TEXT NOT NULL,
    PRIMARY KEY (campaign, org)
);

CREATE TABLE finding (
    id       TEXT PRIMARY KEY,
    campaign TEXT REFERENCES campaign (id), -- NULL: joined to none
    org      TEXT NOT NULL,
    record   TEXT NOT NULL
);
CREATE INDEX finding_campaign ON finding (campaign);

CREATE TABLE notice (
    id       TEXT PRIMARY KEY,
    campaign TEXT NOT NULL REFERENCES campaign (id),
    org      TEXT NOT NULL,
    record   TEXT NOT NULL
);
CREATE INDEX notice_campaign ON notice (campaign);

CREATE TABLE scan (
    revision   BIGINT PRIMARY KEY, -- the one that it made
    at         TEXT NOT NULL,
    arguments  TEXT NOT NULL, -- JSON array of strings
    statistics TEXT NOT NULL  -- the stats record
);

-- What the public editions have told so far, as package report keeps it.
CREATE TABLE edition_ledger (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    record TEXT NOT NULL
);

-- Who did what when; each entry holds the hash of the one before it.
CREATE TABLE audit (
    seq     BIGINT PRIMARY KEY, -- 1, 2, 3 …
    at      TEXT NOT NULL,
    who     TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL,
    hash    BLOB NOT NULL
);

-- +goose StatementBegin
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;
-- +goose StatementEnd
