-- +goose Up

-- What others say: one row for each file that was imported, with the hash of
-- its content, so that the same file again changes nothing.
CREATE TABLE outside (
    sha256   TEXT PRIMARY KEY,
    name     TEXT NOT NULL, -- of the file
    format   TEXT NOT NULL,
    source   TEXT NOT NULL, -- who says it
    grade    TEXT NOT NULL, -- of the source and what it says, in the Admiralty code
    tlp      TEXT NOT NULL,
    dated    TEXT NOT NULL, -- when they said it; '' if they do not say when
    imported TEXT NOT NULL,
    record   TEXT NOT NULL  -- the document without its indicators
);

CREATE TABLE outside_indicator (
    outside TEXT NOT NULL REFERENCES outside (sha256),
    kind    TEXT NOT NULL,
    value   TEXT NOT NULL,
    record  TEXT NOT NULL
);
CREATE INDEX outside_indicator_value ON outside_indicator (kind, value);
CREATE INDEX outside_indicator_outside ON outside_indicator (outside);
