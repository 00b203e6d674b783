"""What a probability is worth: probable, or for a person to review; a name alone, or a household, is never probable."""

import pyarrow as pa
import pyarrow.compute as pc

JUDGED = pa.schema(
    [("row_no", pa.int64()), ("person_id", pa.string()), ("probability", pa.float64()), ("probable", pa.int32())]
)
# Another person of the same row who is less than a hundred times less likely is a rival: log2(100) bits of weight.
_RIVAL_BITS = 6.64
# From this probability on that somebody of the directory is meant, a row does not pass for unmatched.
_VAGUE = 0.1


def judged(pairs: pa.Table, *, threshold: float, review_from: float) -> pa.Table:
    """JUDGED: of each row the likeliest person, with their rivals, as far as they reach `review_from`. `probable` is 1
    where there is no rival among `pairs`, the pair is sound (Likeness) and its probability reaches `threshold`; the
    rest a person reviews."""
    best = pairs.group_by("row_no").aggregate([("weight", "max")])
    likely = pairs.join(best, "row_no")
    likely = likely.filter(pc.less_equal(pc.subtract(likely["weight_max"], likely["weight"]), _RIVAL_BITS))
    many = likely.group_by("row_no").aggregate([("person_id", "count_distinct")])
    likely = likely.join(many, "row_no").filter(pc.field("probability") >= review_from)
    alone = pc.equal(likely["person_id_count_distinct"], 1)
    sure = pc.and_(pc.and_(alone, likely["sound"]), pc.greater_equal(likely["probability"], threshold))
    columns = [likely["row_no"], likely["person_id"], likely["probability"], sure.cast(pa.int32())]
    table = pa.Table.from_arrays([column.combine_chunks() for column in columns], schema=JUDGED)
    return table.sort_by([("row_no", "ascending"), ("person_id", "ascending")])


def vague(pairs: pa.Table, told: pa.Table) -> pa.Array:
    """The rows that may well mean somebody, of whom no one is like enough to be in `told` (JUDGED): a name alone, say,
    that several people bear."""
    whole = pairs.group_by("row_no").aggregate([("probability", "sum")])
    some = whole.filter(pc.field("probability_sum") >= _VAGUE)["row_no"]
    return some.filter(pc.invert(pc.is_in(some, value_set=told["row_no"].combine_chunks()))).combine_chunks().sort()
