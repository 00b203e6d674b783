"""The few SQL statements that find who is affected, in the portable surface that sqlglot renders for every engine.

Allowed: comparisons, AND/OR/NOT, IN, CASE, COALESCE, casts, LOWER/UPPER/TRIM/LENGTH, joins, UNION ALL, GROUP BY,
HAVING, COUNT, MIN, MAX, BIT_OR, `&`, `|`, SUBSTRING, REPLACE, TRANSLATE to nothing. No regular expression, no try-cast,
no aggregate of booleans: sqlglot or an engine changes those silently. A test walks every tree. Flags are 0 or 1.

They read: `person`, `contact` and `alias` (views of the directory), `evidence` (evidence_no, exposed, held_only,
presumed, first_at, last_at), `evidence_row` (evidence_no, row_no, readable, copy, reason, seen_at, shown: categories as
bits, or NULL), `evidence_key` (evidence_no, row_no, cell, rank, kind, key, rule_no, sure), `spelling` (kind, guardian,
raw, key: how the directory writes keys that no engine can tell), `verdict` (evidence_no, person_id, holds: 1, or NULL
where a predicate is unknown), `likeness` (evidence_no, row_no, person_id, probability, probable: 1, or 0 where a person
has to review it). An item and a rule are numbers there, in the order of their names, which they get when the answer is
here: a name would be compared, and kept, millions of times.

`sureness` is 2 certain, 1 probable, 0 possible; `weight` is a likeness's probability, and NULL for every other rule.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel

from affected.words import Rule

RULES = tuple(sorted(rule.value for rule in Rule))  # by their numbers

# The kinds of addresses that are looked for.
KINDS = "SELECT DISTINCT kind FROM evidence_key WHERE kind <> 'person_id'"

# The directory's addresses of one kind gone through once: those that are looked for, and those that no engine can read.
_HEARD = """
SELECT c.kind, c.guardian, c.person_id, c.raw, c.key
FROM contact AS c LEFT JOIN (SELECT DISTINCT key FROM evidence_key WHERE kind = '{kind}') AS w ON w.key = c.key
WHERE c.kind = '{kind}' AND (NOT w.key IS NULL OR c.key IS NULL)
"""
# The distinct spellings that have to be read here.
ODD = "SELECT DISTINCT kind, guardian, raw FROM heard WHERE key IS NULL"

# Whom each key means. A key written in the directory by several people means all of them.
KEY_PERSON = """
SELECT kind, key, person_id, MIN(guardian) AS guardian
FROM (
  SELECT kind, key, person_id, guardian FROM heard WHERE NOT key IS NULL
  UNION ALL
  SELECT s.kind, s.key, c.person_id, c.guardian
  FROM spelling AS s
  JOIN evidence_key AS k ON k.kind = s.kind AND k.key = s.key
  JOIN heard AS c ON c.kind = s.kind AND c.guardian = s.guardian AND c.raw = s.raw
  WHERE c.key IS NULL
  UNION ALL
  SELECT 'person_id' AS kind, p.person_id AS key, p.person_id, 0 AS guardian
  FROM person AS p WHERE p.person_id IN (SELECT key FROM evidence_key WHERE kind = 'person_id')
  UNION ALL
  SELECT 'person_id' AS kind, a.was AS key, a.person_id, 0 AS guardian
  FROM alias AS a WHERE a.was IN (SELECT key FROM evidence_key WHERE kind = 'person_id')
) AS meant
GROUP BY kind, key, person_id
"""

# Cell by cell, who was found and by which rule. A key that means several people, or a guardian, is not certain; a
# guardian's address means the child only where it is nobody's own. Most keys are one person's own and not counted.
# Whoever a row is only like is probable at best.
FOUND = f"""
SELECT k.evidence_no, k.row_no, k.cell, m.person_id,
  CASE WHEN m.guardian = 1 AND k.kind = 'phone' THEN {RULES.index(Rule.GUARDIAN_PHONE)}
       WHEN m.guardian = 1 THEN {RULES.index(Rule.GUARDIAN_EMAIL)} ELSE k.rule_no END AS rule_no,
  CASE WHEN k.sure = 1 AND COALESCE(r.own, 1) = 1 AND m.guardian = 0 AND e.presumed = 0 THEN 2 ELSE 0 END AS sureness,
  CAST(NULL AS DOUBLE) AS weight
FROM evidence_key AS k
JOIN key_person AS m ON m.kind = k.kind AND m.key = k.key
LEFT JOIN (
  SELECT kind, key, COUNT(CASE WHEN guardian = 0 THEN 1 END) AS own FROM key_person GROUP BY kind, key
  HAVING COUNT(*) > 1 OR MAX(guardian) = 1
) AS r ON r.kind = k.kind AND r.key = k.key
JOIN evidence AS e ON e.evidence_no = k.evidence_no
WHERE m.guardian = 0 OR r.own = 0
UNION ALL
SELECT l.evidence_no, l.row_no, 0 AS cell, l.person_id, {RULES.index(Rule.LIKENESS)} AS rule_no,
  CASE WHEN e.presumed = 0 THEN 1 ELSE 0 END AS sureness, l.probability AS weight
FROM likeness AS l JOIN evidence AS e ON e.evidence_no = l.evidence_no
WHERE l.probable = 1
"""  # noqa: S608 - numbers of ours

# Row by row: several cells of a row can lead to one person by one rule.
HIT = """
SELECT person_id, evidence_no, row_no, rule_no, MAX(sureness) AS sureness, MAX(weight) AS weight
FROM found GROUP BY person_id, evidence_no, row_no, rule_no
"""

WHY = f"""
SELECT h.person_id, h.evidence_no, h.rule_no, COUNT(*) AS evidence_rows,
  MIN(COALESCE(w.seen_at, e.first_at)) AS first_at, MAX(COALESCE(w.seen_at, e.last_at)) AS last_at,
  MAX(h.sureness) AS sureness, MAX(h.weight) AS weight, BIT_OR(w.shown) AS shown
FROM hit AS h
JOIN evidence_row AS w ON w.evidence_no = h.evidence_no AND w.row_no = h.row_no
JOIN evidence AS e ON e.evidence_no = h.evidence_no
GROUP BY h.person_id, h.evidence_no, h.rule_no
UNION ALL
SELECT v.person_id, v.evidence_no, {RULES.index(Rule.PREDICATE)} AS rule_no, 0 AS evidence_rows, e.first_at, e.last_at,
  CASE WHEN e.presumed = 0 THEN 2 ELSE 0 END AS sureness, CAST(NULL AS DOUBLE) AS weight,
  CAST(NULL AS BIGINT) AS shown
FROM verdict AS v JOIN evidence AS e ON e.evidence_no = v.evidence_no
WHERE v.holds = 1
"""  # noqa: S608 - numbers of ours

# Of whom the answer says what they are, with the ids of records that became theirs.
CONCERNED_ID = """
SELECT DISTINCT person_id
FROM (
  SELECT person_id FROM why
  UNION ALL SELECT person_id FROM verdict WHERE holds IS NULL
  UNION ALL SELECT person_id FROM likeness WHERE probable = 0
  UNION ALL SELECT a.was AS person_id FROM alias AS a JOIN why AS w ON w.person_id = a.person_id
  UNION ALL SELECT a.was AS person_id FROM alias AS a JOIN verdict AS v ON v.person_id = a.person_id
  UNION ALL SELECT a.was AS person_id FROM alias AS a JOIN likeness AS l ON l.person_id = a.person_id
) AS concerned
WHERE NOT person_id IS NULL
"""

_PROFILE = """p.person_id, p.controller, COALESCE(p.country, 'unknown') AS residence, p.region,
  COALESCE(p.role, 'unknown') AS role, COALESCE(p.language, 'unknown') AS language,
  COALESCE(p.age_band, 'unknown') AS age_band, p.standing,
  (a.exposed & p.possible) | COALESCE(a.shown, 0) | CASE WHEN a.held_only = 1 THEN p.held ELSE 0 END AS exposed,
  CASE WHEN p.phone IS NULL THEN 0 ELSE 1 END AS has_phone, CASE WHEN p.email IS NULL THEN 0 ELSE 1 END AS has_email,
  CASE WHEN p.device_token IS NULL THEN 0 ELSE 1 END AS has_device_token,
  CASE WHEN p.messenger_id IS NULL THEN 0 ELSE 1 END AS has_messenger_id,
  CASE WHEN p.postal IS NULL THEN 0 ELSE 1 END AS has_postal,
  CASE WHEN p.guardian_phone IS NULL AND p.guardian_email IS NULL THEN 0 ELSE 1 END AS has_guardian,
  a.first_at, a.last_at"""

# What was exposed of each: what the evidence says, less what the directory knows the person never gave, and what a row
# shows in any case.
PEOPLE = f"""
SELECT {_PROFILE}, a.sureness, a.presumed
FROM (
  SELECT w.person_id, MAX(w.sureness) AS sureness, MIN(e.presumed) AS presumed, BIT_OR(e.exposed) AS exposed,
    MAX(e.held_only) AS held_only, MIN(w.first_at) AS first_at, MAX(w.last_at) AS last_at, BIT_OR(w.shown) AS shown
  FROM why AS w JOIN evidence AS e ON e.evidence_no = w.evidence_no
  GROUP BY w.person_id
) AS a
JOIN concerned_person AS p ON p.person_id = a.person_id
"""  # noqa: S608 - no value of anybody's is pasted

# People of whom a predicate can be neither affirmed nor denied, or whom a row is like and nobody has reviewed it, and
# whom nothing else found.
UNDECIDED = f"""
SELECT {_PROFILE}, 0 AS sureness, a.presumed
FROM (
  SELECT v.person_id, MIN(e.presumed) AS presumed, BIT_OR(e.exposed) AS exposed, MAX(e.held_only) AS held_only,
    MIN(e.first_at) AS first_at, MAX(e.last_at) AS last_at, CAST(NULL AS BIGINT) AS shown
  FROM (
    SELECT evidence_no, person_id FROM verdict WHERE holds IS NULL
    UNION ALL SELECT evidence_no, person_id FROM likeness WHERE probable = 0
  ) AS v
  JOIN evidence AS e ON e.evidence_no = v.evidence_no
  LEFT JOIN (SELECT DISTINCT person_id FROM why) AS w ON w.person_id = v.person_id
  WHERE w.person_id IS NULL
  GROUP BY v.person_id
) AS a
JOIN concerned_person AS p ON p.person_id = a.person_id
"""  # noqa: S608

ROWS = """
SELECT r.evidence_no, r.row_no,
  CASE WHEN r.copy = 1 THEN 'duplicate' WHEN r.readable = 0 THEN 'malformed' WHEN n.people = 1 THEN 'matched'
       WHEN n.people > 1 THEN 'ambiguous' WHEN NOT l.row_no IS NULL THEN 'undecided' ELSE 'unmatched' END AS outcome,
  r.reason
FROM evidence_row AS r
LEFT JOIN (
  SELECT evidence_no, row_no, COUNT(DISTINCT person_id) AS people FROM hit GROUP BY evidence_no, row_no
) AS n ON n.evidence_no = r.evidence_no AND n.row_no = r.row_no
LEFT JOIN (SELECT DISTINCT evidence_no, row_no FROM likeness) AS l
  ON l.evidence_no = r.evidence_no AND l.row_no = r.row_no
"""

# Identifiers that no reading of theirs leads to anybody; `beside` is 1 when each of their rows found somebody else.
STRANGERS = """
SELECT k.kind, k.key, MIN(k.evidence_no) AS evidence_no, COUNT(*) AS evidence_rows,
  BIT_OR(e.exposed | COALESCE(w.shown, 0)) AS exposed, MIN(CASE WHEN n.row_no IS NULL THEN 0 ELSE 1 END) AS beside,
  MIN(e.presumed) AS presumed,
  MIN(COALESCE(w.seen_at, e.first_at)) AS first_at, MAX(COALESCE(w.seen_at, e.last_at)) AS last_at
FROM evidence_key AS k
JOIN evidence AS e ON e.evidence_no = k.evidence_no
JOIN evidence_row AS w ON w.evidence_no = k.evidence_no AND w.row_no = k.row_no
LEFT JOIN (SELECT DISTINCT evidence_no, row_no, cell FROM found) AS f
  ON f.evidence_no = k.evidence_no AND f.row_no = k.row_no AND f.cell = k.cell
LEFT JOIN (SELECT DISTINCT evidence_no, row_no FROM found) AS n ON n.evidence_no = k.evidence_no AND n.row_no = k.row_no
WHERE k.rank = 0 AND f.cell IS NULL
GROUP BY k.kind, k.key
"""

# Rows of the directory that are meant and have no id.
NAMELESS = """
SELECT COUNT(*) AS n
FROM (
  SELECT person_id FROM key_person WHERE person_id IS NULL
  UNION ALL SELECT person_id FROM verdict WHERE person_id IS NULL
) AS nobody
"""
STEPS = {"found": FOUND, "hit": HIT, "why": WHY, "concerned_id": CONCERNED_ID}
REASONS = "SELECT person_id, evidence_no, rule_no, evidence_rows, first_at, last_at, weight FROM why"
ALIASES = """
SELECT DISTINCT a.person_id, a.was
FROM alias AS a
JOIN (
  SELECT person_id FROM why
  UNION ALL SELECT person_id FROM verdict WHERE holds IS NULL
  UNION ALL SELECT person_id FROM likeness
) AS x ON x.person_id = a.person_id
"""
HITS = "SELECT person_id, evidence_no, row_no, rule_no FROM hit"
LIKENESSES = "SELECT evidence_no, row_no, person_id, probability, probable FROM likeness WHERE NOT person_id IS NULL"
# What is asked in the end, in the order in which least has to be kept.
ANSWERS = {
    "strangers": STRANGERS,
    "rows": ROWS,
    "hits": HITS,
    "people": PEOPLE,
    "undecided": UNDECIDED,
    "likenesses": LIKENESSES,
    "aliases": ALIASES,
    "why": REASONS,
}
# In the order of which columns each answer comes, where that is not worked out here; together they tell its rows apart.
ORDER = {
    "rows": ("evidence_no", "row_no"),
    "hits": ("person_id", "evidence_no", "row_no", "rule_no"),
    "likenesses": ("evidence_no", "row_no", "person_id"),
    "aliases": ("person_id", "was"),
    "why": ("person_id", "evidence_no", "rule_no"),
}
# Tables that nothing asks for after a step or an answer.
SPENT = {
    "key_person": ("heard", "spelling"),
    "found": ("key_person",),
    "strangers": ("evidence_key", "found"),
    "rows": ("evidence_row",),
    "hits": ("hit",),
}


def heard_statement(kinds: Iterable[str]) -> str:
    """The table `heard`, for these kinds of addresses; no other column is read."""
    return " UNION ALL ".join(_HEARD.format(kind=kind) for kind in sorted(kinds)) or _HEARD.format(kind="none")


def verdict_statement(evidence_no: int, condition: str) -> str:
    """The people of whom `condition` holds (1), or can be neither affirmed nor denied (NULL)."""
    return (
        f"SELECT {evidence_no} AS evidence_no, person_id, CASE WHEN {condition} THEN 1 END AS holds "  # noqa: S608
        f"FROM person WHERE ({condition}) OR ({condition}) IS NULL"
    )


@lru_cache(maxsize=256)
def rendered(statement: str, dialect: str) -> str:
    """`statement` in the words of another engine; raises when sqlglot knows it cannot say it."""
    tree = sqlglot.parse_one(statement, read="duckdb")
    if dialect == "duckdb":
        tree = tree.transform(_quick)
    return tree.sql(dialect=dialect, unsupported_level=ErrorLevel.RAISE)


def _quick(node: exp.Expression) -> exp.Expression:
    """What DuckDB does faster in other words, with the same result (measured)."""
    return _trimmed(node) if isinstance(node, exp.Trim) else _matched(node)


def _trimmed(node: exp.Trim) -> exp.Expression:
    """`TRIM(text)` only where there is a blank in it, which is a tenth of the cost."""
    text = node.this
    return exp.Case().when(exp.Contains(this=text.copy(), expression=exp.Literal.string(" ")), node).else_(text.copy())


def _matched(node: exp.Expression) -> exp.Expression:
    """`TRANSLATE(text, letters, '') = rest` as a match, which DuckDB does ten times faster."""
    left = node.this if isinstance(node, exp.EQ) else None
    if not isinstance(left, exp.Translate):
        return node
    letters = "[" + re.escape(left.args["from_"].this) + "]*"
    pattern = letters.join(["", *map(re.escape, node.expression.this), ""])
    return exp.RegexpFullMatch(this=left.this, expression=exp.Literal.string(pattern))
