-- Who is affected by the leak of bench/leak.py, written by hand in DuckDB's SQL for these columns and spellings only: no
-- encodings, no damaged files, no other country's numbers, no mapping, no other engine. The answer is the same in full:
-- people, why, what became of each row, strangers with their tokens and countries, unknown ids, each row that led to
-- somebody, people counted by cohort, and the days that the log covers, from what its row groups say.
CREATE TEMP TABLE list_row AS
SELECT row_no, id, email, phone, repaired, phone_rule, (id IS NULL AND email IS NULL AND phone IS NULL) AS malformed,
  row_no > MIN(row_no) OVER (PARTITION BY id, email, phone) AS again,
  row_no > MIN(row_no) OVER (PARTITION BY id, email, phone, phone_rule) AS read_alike
FROM (
  SELECT row_number() OVER () + 1 AS row_no, NULLIF(TRIM(user_id), '') AS id, NULLIF(LOWER(TRIM(email)), '') AS email,
    NULLIF(ltrim(regexp_replace(TRIM(user_id), '\.0+$', ''), '0'), TRIM(user_id)) AS repaired,
    regexp_replace(phone, '[^0-9+]', '', 'g') AS digits,
    CASE WHEN digits LIKE '+86%' THEN digits WHEN digits LIKE '0086%' THEN '+' || SUBSTRING(digits, 3)
      WHEN digits LIKE '86%' THEN '+' || digits WHEN digits <> '' THEN '+86' || digits END AS phone,
    CASE WHEN digits LIKE '+%' OR digits LIKE '00%' THEN 'phone_international'
      WHEN digits LIKE '86%' THEN 'phone_no_plus' ELSE 'phone_national' END AS phone_rule
  FROM read_csv('{list}', all_varchar = true)
);
CREATE TEMP TABLE cell AS
SELECT 'list' AS item, row_no, 0 AS cell, 'person_id' AS kind, id AS key, 'person_id' AS rule, 1 AS sure, 0 AS rank,
  TIMESTAMP '{list_first}' AS first_at, TIMESTAMP '{list_last}' AS last_at
FROM list_row WHERE id IS NOT NULL AND NOT read_alike
UNION ALL BY NAME
SELECT 'list' AS item, row_no, 0 AS cell, 'person_id' AS kind, repaired AS key, 'person_id_repaired' AS rule, 0 AS sure,
  1 AS rank, TIMESTAMP '{list_first}' AS first_at, TIMESTAMP '{list_last}' AS last_at
FROM list_row WHERE repaired IS NOT NULL AND NOT read_alike
UNION ALL BY NAME
SELECT 'list' AS item, row_no, 1 AS cell, 'phone' AS kind, phone AS key, phone_rule AS rule, 1 AS sure, 0 AS rank,
  TIMESTAMP '{list_first}' AS first_at, TIMESTAMP '{list_last}' AS last_at
FROM list_row WHERE phone IS NOT NULL AND NOT read_alike
UNION ALL BY NAME
SELECT 'list' AS item, row_no, 2 AS cell, 'email' AS kind, email AS key, 'email' AS rule, 1 AS sure, 0 AS rank,
  TIMESTAMP '{list_first}' AS first_at, TIMESTAMP '{list_last}' AS last_at
FROM list_row WHERE email IS NOT NULL AND NOT read_alike
UNION ALL BY NAME
SELECT 'log' AS item, file_index * 10000000000 + file_row_number AS row_no, 0 AS cell, 'person_id' AS kind,
  uid AS key, 'person_id' AS rule, 1 AS sure, 0 AS rank, "at" AS first_at, "at" AS last_at
FROM read_parquet('{log}/*.parquet', file_row_number = true)
WHERE (ip IN ({addresses}) OR sid IN ({sessions})) AND action IN ({actions}) AND code IN ({outcomes})
  AND "at" >= TIMESTAMP '{from_at}' AND "at" <= TIMESTAMP '{to_at}';
CREATE TEMP TABLE means AS
SELECT *, COUNT(*) OVER (PARTITION BY kind, key) AS people FROM (
  SELECT 'person_id' AS kind, uid AS key, uid FROM read_parquet('{people}')
  WHERE uid IN (SELECT key FROM cell WHERE kind = 'person_id')
  UNION ALL
  SELECT 'email', LOWER(mail), uid FROM read_parquet('{people}')
  WHERE LOWER(mail) IN (SELECT key FROM cell WHERE kind = 'email')
  UNION ALL
  SELECT 'phone', phone, uid FROM (SELECT uid, CASE WHEN mobile LIKE '+%' THEN REPLACE(mobile, ' ', '')
    ELSE '+86' || mobile END AS phone FROM read_parquet('{people}'))
  WHERE phone IN (SELECT key FROM cell WHERE kind = 'phone')
);
CREATE TEMP TABLE found AS
SELECT c.item, c.row_no, c.cell, m.uid, c.rule, c.first_at, c.last_at, c.sure = 1 AND m.people = 1 AS certain
FROM cell c JOIN means m USING (kind, key);
CREATE TEMP TABLE why AS
SELECT uid AS person_id, item AS evidence_id, rule, COUNT(DISTINCT row_no) AS rows, MIN(first_at) AS first_at,
  MAX(last_at) AS last_at, bool_or(certain) AS certain
FROM found GROUP BY ALL;
COPY (SELECT * EXCLUDE (certain) FROM why ORDER BY ALL) TO '{out}/why.parquet' (COMPRESSION zstd);
COPY (
  SELECT p.uid AS person_id, COALESCE(UPPER(p.country), 'unknown') AS residence, COALESCE(p.lang, 'zh-Hans') AS language,
    CASE WHEN born IS NULL OR born > DATE '{as_of}' OR born < DATE '{as_of}' - INTERVAL 120 YEAR THEN 'unknown'
      WHEN born <= DATE '{as_of}' - INTERVAL 18 YEAR THEN 'adult'
      WHEN born <= DATE '{as_of}' - INTERVAL 14 YEAR THEN '14_to_17' ELSE 'under_14' END AS age_band,
    CASE WHEN state = 'closed' THEN 'deleted' ELSE 'active' END AS standing,
    list_filter([CASE WHEN listed AND mail IS NOT NULL THEN 'email' END,
      CASE WHEN listed AND has_idcard THEN 'identity_document' END, CASE WHEN logged THEN 'order' END, 'phone'],
      lambda c: c IS NOT NULL) AS categories,
    CASE WHEN certain THEN 'certain' ELSE 'possible' END AS certainty, mobile IS NOT NULL AS has_phone,
    mail IS NOT NULL AS has_email, first_at AS first_exposed_at, last_at AS last_exposed_at
  FROM (
    SELECT person_id AS uid, bool_or(certain) AS certain, MIN(first_at) AS first_at, MAX(last_at) AS last_at,
      bool_or(evidence_id = 'list') AS listed, bool_or(evidence_id = 'log') AS logged
    FROM why GROUP BY person_id
  ) JOIN read_parquet('{people}') p USING (uid) ORDER BY person_id
) TO '{out}/people.parquet' (COMPRESSION zstd);
CREATE TEMP TABLE reached AS SELECT item, row_no, COUNT(DISTINCT uid) AS people FROM found GROUP BY ALL;
COPY (
  SELECT item AS evidence_id, row_no, CASE WHEN again THEN 'duplicate' WHEN malformed THEN 'malformed'
    WHEN people = 1 THEN 'matched' WHEN people > 1 THEN 'ambiguous' ELSE 'unmatched' END AS outcome
  FROM (SELECT 'list' AS item, row_no, again AND NOT malformed AS again, malformed FROM list_row
    UNION ALL SELECT item, row_no, FALSE, FALSE FROM cell WHERE item = 'log')
  LEFT JOIN reached USING (item, row_no) ORDER BY ALL
) TO '{out}/rows.parquet' (COMPRESSION zstd);
CREATE TEMP TABLE stranger AS
SELECT kind, key AS value, MIN(item) AS evidence_id, COUNT(*) AS rows, bool_and(r.row_no IS NOT NULL) AS beside,
  MIN(first_at) AS first_exposed_at, MAX(last_at) AS last_exposed_at
FROM cell ANTI JOIN found USING (item, row_no, cell) LEFT JOIN reached r USING (item, row_no) WHERE rank = 0 GROUP BY ALL;
COPY (
  SELECT sha256(kind || ':' || value) AS token, *, CASE WHEN kind = 'phone' THEN 'CN' ELSE 'unknown' END AS residence
  FROM stranger WHERE kind <> 'person_id' ORDER BY token
) TO '{out}/strangers.parquet' (COMPRESSION zstd);
COPY (SELECT kind, value, evidence_id, rows FROM stranger WHERE kind = 'person_id' ORDER BY ALL)
  TO '{out}/unknown_ids.parquet' (COMPRESSION zstd);
COPY (SELECT DISTINCT uid AS person_id, item AS evidence_id, row_no, rule FROM found ORDER BY ALL)
  TO '{out}/hits.parquet' (COMPRESSION zstd);
COPY (
  SELECT residence, language, age_band, standing, categories, COUNT(*) AS people, COUNT_IF(certainty = 'certain') AS certain,
    COUNT_IF(has_phone) AS with_phone, COUNT_IF(has_email) AS with_email,
    COUNT_IF(NOT has_phone AND NOT has_email) AS unreachable
  FROM read_parquet('{out}/people.parquet') GROUP BY ALL ORDER BY ALL
) TO '{out}/cohorts.parquet';
COPY (
  SELECT CAST(CAST(stats_min_value AS TIMESTAMP) AS DATE) AS day, SUM(row_group_num_rows) AS lines
  FROM parquet_metadata('{log}/*.parquet') WHERE path_in_schema = 'at' GROUP BY day ORDER BY day
) TO '{out}/coverage.parquet';
