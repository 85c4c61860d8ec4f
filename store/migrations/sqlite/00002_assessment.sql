-- +goose Up

-- What was said of who is behind a campaign: one row for each time that it
-- changed. None is ever changed or taken away.
CREATE TABLE assessment (
    campaign TEXT NOT NULL REFERENCES campaign (id),
    version  BIGINT NOT NULL, -- 1, 2, 3 …
    at       TEXT NOT NULL,
    base     TEXT NOT NULL,   -- digest of the knowledge it was made with
    record   TEXT NOT NULL,
    PRIMARY KEY (campaign, version)
);

-- What people decided of it, with the reason, in the order in which they did.
CREATE TABLE decision (
    campaign TEXT NOT NULL REFERENCES campaign (id),
    seq      BIGINT NOT NULL, -- 1, 2, 3 … of the campaign
    at       TEXT NOT NULL,
    who      TEXT NOT NULL,
    verb     TEXT NOT NULL,
    record   TEXT NOT NULL,
    PRIMARY KEY (campaign, seq)
);

-- +goose StatementBegin
CREATE TRIGGER assessment_no_update BEFORE UPDATE ON assessment BEGIN
    SELECT RAISE(ABORT, 'assessments are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER assessment_no_delete BEFORE DELETE ON assessment BEGIN
    SELECT RAISE(ABORT, 'assessments are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER decision_no_update BEFORE UPDATE ON decision BEGIN
    SELECT RAISE(ABORT, 'decisions are append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER decision_no_delete BEFORE DELETE ON decision BEGIN
    SELECT RAISE(ABORT, 'decisions are append-only');
END;
-- +goose StatementEnd
