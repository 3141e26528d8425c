from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.dialects import postgresql

from coserver.mail.conditions import condition, day_bounds
from coserver.mail.faces import OWN
from coserver.model.search import All, And, Not, Or, Relation, Text, Where

DAY = 86_400_000
WORD = Text(Where.FROM, "alice")
BODY = Text(Where.BODY, "alice")


@pytest.mark.parametrize(
    ("relation", "bounds"),
    [(Relation.BEFORE, (None, DAY)), (Relation.ON, (DAY, 2 * DAY)), (Relation.SINCE, (DAY, None))],
)
def test_day_bounds_when_a_day_is_compared_then_it_begins_at_midnight_utc(relation, bounds) -> None:
    assert day_bounds(relation, date(1970, 1, 2)) == bounds


@pytest.mark.parametrize(
    ("key", "exact"),
    [(All(), True), (WORD, False), (BODY, False), (Not(BODY), False), (And((All(), BODY)), False), (Or(()), True)],
)
def test_condition_when_bytes_or_words_are_asked_then_is_not_exact(key, exact) -> None:
    assert condition(key, 0, OWN).exact is exact


def test_condition_when_the_other_database_is_used_then_words_are_looked_for_in_its_way() -> None:
    text = str(select(condition(WORD, 0, OWN).sql).compile(dialect=postgresql.dialect()))
    assert "position(" in text
    assert " in message.words) > 0" in text
