"""The difference between two answers is what a plain comparison person by person says."""

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from affected.difference import changes_between

said = st.tuples(
    st.sampled_from(["coh_a", "coh_b"]),
    st.sampled_from(["affected", "undecided"]),
    st.lists(st.sampled_from(["order", "phone"]), unique=True).map(sorted),
)
answers = st.dictionaries(st.sampled_from("abcdefghij"), said)


def table(answer):
    people = sorted(answer)
    columns = {"person_id": pa.array(people, pa.string())}
    for n, name in enumerate(("cohort_id", "membership")):
        columns[name] = pa.array([answer[one][n] for one in people], pa.string())
    return pa.table(columns | {"categories": pa.array([answer[one][2] for one in people], pa.list_(pa.string()))})


def plainly(before, after):
    """(person, change, cohort before, cohort after, categories added) of whoever changed, and the ids of the rest."""
    changed, stayed = [], []
    for one in sorted({*before, *after}):
        had, has = before.get(one), after.get(one)
        more = sorted(set(has[2] if has else ()) - set(had[2] if had else ()))
        word = "added" if had is None else "removed" if has is None else "grew" if more else None
        word = word or ("moved" if had[:2] != has[:2] else None)
        if word is None:
            stayed.append(one)
        else:
            changed.append((one, word, had and had[0], has and has[0], more))
    return changed, stayed


@settings(deadline=None)
@given(before=answers, after=answers)
def test_each_person_has_the_word_that_a_plain_comparison_gives(before, after):
    found = changes_between(table(before), table(after))
    changed, stayed = plainly(before, after)
    assert [tuple(row.values()) for row in found.people.to_pylist()] == changed
    assert found.unchanged.to_pylist() == stayed
    words = [word for _, word, *_ in changed]
    assert found.counts == {w: words.count(w) for w in ("added", "removed", "grew", "moved")} | {
        "unchanged": len(stayed)
    }
