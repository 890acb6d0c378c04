CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN amount AS numeric(12, 2);
CREATE TABLE kinds (
  id bigint PRIMARY KEY,
  a_boolean boolean,
  a_smallint smallint,
  an_integer integer,
  a_real real,
  a_double double precision,
  a_numeric numeric(12, 2),
  a_free_numeric numeric,
  a_domain amount,
  a_date date,
  a_time time,
  a_timetz timetz,
  a_timestamp timestamp,
  a_timestamp_3 timestamp(3),
  a_timestamptz timestamptz,
  an_interval interval,
  a_uuid uuid,
  a_json json,
  a_jsonb jsonb,
  a_bytea bytea,
  a_char char(5),
  a_varchar varchar(20),
  a_text text NOT NULL DEFAULT 'none',
  a_mood mood,
  an_inet inet,
  integers integer[],
  texts text[],
  a_bit bit(1),
  a_point point
);
ALTER TABLE kinds REPLICA IDENTITY FULL;
CREATE TABLE part (line integer PRIMARY KEY);
CREATE TABLE signals (id varchar(42) PRIMARY KEY, type varchar(32) NOT NULL, data varchar(2048));
