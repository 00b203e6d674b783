"""The matcher's defaults, chosen on FEBRL 1 to 3, keep their promise on FEBRL 4, which chose nothing."""

import pytest

from affected.evidence.free_text import FreeTextReading
from tests.affected.labelled import linked, scored

DEFAULTS = FreeTextReading(exposed=[])


@pytest.mark.parametrize("number", [1, 4])  # 2 and 3 take as long and say no more
def test_rows_with_errors_find_their_people_and_nobody_else(number, capsys):
    evidence, directory = linked(number)
    told = scored(evidence, directory, threshold=DEFAULTS.threshold, review_from=DEFAULTS.review_from)
    with capsys.disabled():
        print(
            f"\nFEBRL {number}: precision {told['precision']:.4f}, recall {told['recall']:.4f} "
            f"({told['probable']} probable of {told['to_find']}, {told['to_review']} to review)"
        )
    assert told["precision"] >= 0.99
    assert told["recall"] >= 0.95
