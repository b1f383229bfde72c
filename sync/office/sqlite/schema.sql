-- An office's store. Rows of event, batch, fork and incident are never changed.
-- What was added from version 3 on stands at the end, in that order.

CREATE TABLE terminal (
  id          INTEGER PRIMARY KEY,
  chain       TEXT NOT NULL,
  store       TEXT NOT NULL,
  terminal    TEXT NOT NULL,
  pos         INTEGER NOT NULL,  -- of the newest event
  state       BLOB,              -- the newest, as received
  complete_to INTEGER NOT NULL,  -- Unix ms; 0: never known
  last_event  TEXT NOT NULL,
  software    TEXT NOT NULL,
  counted     INTEGER NOT NULL,
  days        TEXT NOT NULL,     -- JSON: day to counted taps
  UNIQUE (chain, store, terminal)
) STRICT;

CREATE TABLE epoch (
  id       INTEGER PRIMARY KEY,  -- in the order of arrival
  terminal INTEGER NOT NULL REFERENCES terminal,
  uuid     TEXT NOT NULL,
  base     INTEGER NOT NULL,     -- events base+1 to last are here
  prev     BLOB NOT NULL,        -- head after base
  last     INTEGER NOT NULL,
  head     BLOB NOT NULL,        -- head after last
  key      TEXT NOT NULL,        -- Ed25519, base64
  UNIQUE (terminal, uuid)
) STRICT;

-- Events after+1 to upto of an epoch that are not here.
CREATE TABLE hole (
  epoch INTEGER NOT NULL REFERENCES epoch,
  after INTEGER NOT NULL,
  upto  INTEGER NOT NULL,
  head  BLOB NOT NULL,           -- after upto
  PRIMARY KEY (epoch, after)
) STRICT;

CREATE TABLE event (
  terminal INTEGER NOT NULL REFERENCES terminal,
  pos      INTEGER NOT NULL,     -- in the order of arrival, by terminal
  epoch    INTEGER NOT NULL REFERENCES epoch,
  seq      INTEGER NOT NULL,
  head     BLOB NOT NULL,        -- SHA-256(head before || raw)
  raw      BLOB NOT NULL,        -- as received
  UNIQUE (terminal, pos),
  UNIQUE (epoch, seq)
) STRICT;

CREATE TABLE batch (
  id      INTEGER PRIMARY KEY,   -- in the order of arrival
  epoch   INTEGER NOT NULL REFERENCES epoch,
  first   INTEGER NOT NULL,
  last    INTEGER NOT NULL,
  prev    BLOB NOT NULL,
  head    BLOB NOT NULL,
  key     TEXT NOT NULL,         -- id
  sig     TEXT NOT NULL,         -- base64
  covered BLOB,                  -- what sig covers, if more than the columns above
  fork    INTEGER NOT NULL       -- 1: beside the chain
) STRICT;
CREATE INDEX batch_epoch ON batch (epoch, id);

CREATE TABLE fork (
  epoch INTEGER NOT NULL REFERENCES epoch,
  seq   INTEGER NOT NULL,
  head  BLOB NOT NULL,
  prev  BLOB NOT NULL,
  point INTEGER NOT NULL,        -- 1: a branch begins here
  raw   BLOB NOT NULL,
  PRIMARY KEY (epoch, seq, head)
) STRICT;

CREATE TABLE incident (
  id       INTEGER PRIMARY KEY,
  terminal INTEGER NOT NULL REFERENCES terminal,
  at       INTEGER NOT NULL,     -- Unix ms
  epoch    TEXT NOT NULL,
  seq      INTEGER NOT NULL,
  what     TEXT NOT NULL
) STRICT;

-- Version 3.
CREATE TABLE command (
  row      INTEGER PRIMARY KEY,  -- in the order in which they were given
  terminal INTEGER NOT NULL REFERENCES terminal,
  id       TEXT NOT NULL,
  sealed   BLOB NOT NULL,        -- as it is sent
  answer   BLOB,                 -- the newest
  UNIQUE (terminal, id)
) STRICT;
