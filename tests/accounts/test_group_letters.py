"""Texts about groups."""

import pytest

from coserver.accounts import group_letters


@pytest.mark.parametrize(("moment", "said"), [(0, "1 January 1970"), (1_800_000_000_000, "15 January 2027")])
def test_day_when_asked_then_as_people_write_it(moment, said):
    assert group_letters.day(moment) == said
