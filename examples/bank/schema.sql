-- The bank's own database: the monolith that Daybook captures. Nothing in it knows of Daybook.
--
-- Money moves by double entry. Every operation has a number; a transfer, card payment or deposit
-- is the document of one operation, and posts two entries under it: leg 1 gives, leg 2 receives.
-- Clerks correct documents (UPDATE) and remove mistaken ones (DELETE), and the entries follow.
--
-- PostgreSQL itself keeps two rules, whoever writes: the entries of an operation always sum to
-- zero, and an account's balance is always the sum of its entries (trigger post_entries below).

CREATE TABLE customer (
  id          bigint PRIMARY KEY,
  given_name  text NOT NULL CHECK (given_name <> ''),
  family_name text NOT NULL CHECK (family_name <> ''),
  email       text NOT NULL UNIQUE CHECK (email LIKE '%_@_%'),
  city        text NOT NULL CHECK (city <> ''),
  segment     text NOT NULL CHECK (segment IN ('student', 'retail', 'premium', 'business')),
  born_on     date NOT NULL CHECK (born_on >= '1900-01-01'),
  joined_at   timestamptz NOT NULL
);

-- House accounts are the bank's own: its cash desks, and the merchants' side of card payments.
CREATE TABLE account (
  id              bigint PRIMARY KEY,
  customer_id     bigint REFERENCES customer,
  kind            text NOT NULL CHECK (kind IN ('current', 'savings', 'house')),
  number          text NOT NULL UNIQUE,
  overdraft_limit numeric(14,2) NOT NULL DEFAULT 0 CHECK (overdraft_limit >= 0),
  balance         numeric(14,2) NOT NULL DEFAULT 0,
  opened_at       timestamptz NOT NULL,
  CONSTRAINT house_has_no_customer CHECK ((kind = 'house') = (customer_id IS NULL)),
  CONSTRAINT within_overdraft CHECK (kind = 'house' OR balance >= -overdraft_limit)
) WITH (fillfactor = 60);

CREATE TABLE card (
  id          bigint PRIMARY KEY,
  account_id  bigint NOT NULL REFERENCES account,
  customer_id bigint NOT NULL REFERENCES customer,
  last_digits char(4) NOT NULL CHECK (last_digits ~ '^[0-9]{4}$'),
  status      text NOT NULL CHECK (status IN ('active', 'blocked')),
  expires_on  date NOT NULL,
  issued_at   timestamptz NOT NULL
);

CREATE TABLE merchant (
  id         bigint PRIMARY KEY,
  account_id bigint NOT NULL UNIQUE REFERENCES account,
  name       text NOT NULL UNIQUE CHECK (name <> ''),
  category   text NOT NULL,
  city       text NOT NULL
);

-- Operations are numbered in the order in which the bank carried them out. A correction or removal
-- is an operation too, and names the one that it repairs.
CREATE TABLE operation (
  id      bigint PRIMARY KEY,
  kind    text NOT NULL CHECK (kind IN ('opening', 'transfer', 'payment', 'deposit', 'correction',
                                        'removal', 'service')),
  repairs bigint REFERENCES operation CHECK (repairs < id),
  done_at timestamptz NOT NULL,
  CONSTRAINT repairs_what CHECK ((kind IN ('correction', 'removal')) = (repairs IS NOT NULL))
);

CREATE TABLE transfer (
  id               bigint PRIMARY KEY REFERENCES operation,
  debtor_account   bigint NOT NULL REFERENCES account,
  creditor_account bigint NOT NULL REFERENCES account,
  amount           numeric(14,2) NOT NULL CHECK (amount > 0),
  reference        text,
  booked_at        timestamptz NOT NULL,
  CONSTRAINT to_somebody_else CHECK (debtor_account <> creditor_account)
);

CREATE TABLE card_payment (
  id          bigint PRIMARY KEY REFERENCES operation,
  card_id     bigint NOT NULL REFERENCES card,
  merchant_id bigint NOT NULL REFERENCES merchant,
  amount      numeric(14,2) NOT NULL CHECK (amount > 0),
  lat         double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
  lon         double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
  paid_at     timestamptz NOT NULL
);

CREATE TABLE deposit (
  id         bigint PRIMARY KEY REFERENCES operation,
  account_id bigint NOT NULL REFERENCES account,
  amount     numeric(14,2) NOT NULL CHECK (amount > 0),
  channel    text NOT NULL CHECK (channel IN ('branch', 'machine', 'salary')),
  booked_at  timestamptz NOT NULL
);

CREATE TABLE account_entry (
  operation_id bigint NOT NULL REFERENCES operation,
  leg          smallint NOT NULL CHECK (leg IN (1, 2)),
  account_id   bigint NOT NULL REFERENCES account,
  amount       numeric(14,2) NOT NULL,
  booked_at    timestamptz NOT NULL,
  PRIMARY KEY (operation_id, leg),
  CONSTRAINT leg_has_its_sign CHECK (sign(amount) = CASE leg WHEN 1 THEN -1 ELSE 1 END)
);
CREATE INDEX account_entry_by_account ON account_entry (account_id, booked_at);

-- Posts to the balances what a statement changed in the entries: added rows count +, removed ones -.
CREATE FUNCTION post_entries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF EXISTS (SELECT FROM added GROUP BY operation_id HAVING sum(amount) <> 0) THEN
      RAISE check_violation USING MESSAGE = 'the entries of an operation must sum to zero';
    END IF;
    UPDATE account SET balance = balance + change.amount
      FROM (SELECT account_id, sum(amount) AS amount FROM added GROUP BY account_id) AS change
      WHERE account.id = change.account_id;
  ELSIF TG_OP = 'DELETE' THEN
    IF EXISTS (SELECT FROM removed GROUP BY operation_id HAVING sum(amount) <> 0) THEN
      RAISE check_violation USING MESSAGE = 'the entries of an operation must sum to zero';
    END IF;
    UPDATE account SET balance = balance - change.amount
      FROM (SELECT account_id, sum(amount) AS amount FROM removed GROUP BY account_id) AS change
      WHERE account.id = change.account_id;
  ELSE
    IF EXISTS (SELECT FROM (SELECT operation_id, amount FROM added
                            UNION ALL SELECT operation_id, -amount FROM removed) AS both_sides
               GROUP BY operation_id HAVING sum(amount) <> 0) THEN
      RAISE check_violation USING MESSAGE = 'the entries of an operation must sum to zero';
    END IF;
    UPDATE account SET balance = balance + change.amount
      FROM (SELECT account_id, sum(amount) AS amount
            FROM (SELECT account_id, amount FROM added
                  UNION ALL SELECT account_id, -amount FROM removed) AS both_sides
            GROUP BY account_id HAVING sum(amount) <> 0) AS change
      WHERE account.id = change.account_id;
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER post_added AFTER INSERT ON account_entry
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION post_entries();
CREATE TRIGGER post_changed AFTER UPDATE ON account_entry
  REFERENCING NEW TABLE AS added OLD TABLE AS removed
  FOR EACH STATEMENT EXECUTE FUNCTION post_entries();
CREATE TRIGGER post_removed AFTER DELETE ON account_entry
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION post_entries();

-- An operation as one call, for whoever sits at psql: SELECT pay_in(1001, 25.00). Numbers given at
-- the counter start far above those of the simulated day's business.
CREATE SEQUENCE counter_operation START 1000000000;
CREATE FUNCTION pay_in(into_account bigint, paid numeric) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  number bigint := nextval('counter_operation');
BEGIN
  INSERT INTO operation VALUES (number, 'deposit', NULL, now());
  INSERT INTO deposit VALUES (number, into_account, paid, 'branch', now());
  INSERT INTO account_entry VALUES (number, 1, 1, -paid, now()), (number, 2, into_account, paid, now());
  RETURN number;
END $$;

-- Change capture carries the whole row before and after each change.
ALTER TABLE customer REPLICA IDENTITY FULL;
ALTER TABLE account REPLICA IDENTITY FULL;
ALTER TABLE card REPLICA IDENTITY FULL;
ALTER TABLE merchant REPLICA IDENTITY FULL;
ALTER TABLE transfer REPLICA IDENTITY FULL;
ALTER TABLE card_payment REPLICA IDENTITY FULL;
ALTER TABLE deposit REPLICA IDENTITY FULL;
ALTER TABLE account_entry REPLICA IDENTITY FULL;
