"""The rules, as rules: each row of the table, and what holds whatever is given."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.groups.standing import ACTIVE, DELETED, FROZEN, READS, Shared, Standing, together
from coserver.model.ids import PrincipalId
from coserver.model.rights import ALL, PRESETS, Preset, Privacy, Right
from coserver.model.space import Tool

ME, OTHER = PrincipalId(1), PrincipalId(2)

MEMBER = Standing(ME, Tool.MAIL, group="team", member=True)
EDITOR = Standing(ME, Tool.CALENDAR, shares=(Shared(Preset.EDIT, "team", to_all=False),))


def share(preset: Preset, group: str = "team") -> Shared:
    return Shared(preset, group, to_all=False)


@pytest.mark.parametrize(
    ("standing", "held"),
    [
        (Standing(ME, Tool.MAIL), Right.NOTHING),  # a stranger (R16)
        (Standing(ME, Tool.MAIL, owner=True), ALL),
        (Standing(ME, Tool.MAIL, group="team"), Right.NOTHING),  # no member (R17)
        (Standing(ME, Tool.MAIL, group="team", member=True), READS),  # R47, C11
        (Standing(ME, Tool.MAIL, group="team", member=True, to_all=Preset.BUSY), READS),  # nobody has less than read
        (Standing(ME, Tool.MAIL, group="team", member=True, to_one=Preset.EDIT), PRESETS[Preset.EDIT]),  # R57
        (replace(MEMBER, administrator=True), ALL),  # R56
        (replace(MEMBER, coadministrator=True), ALL),
        (Standing(ME, Tool.MAIL, group="team", state=FROZEN, member=True, administrator=True), READS),  # S3
        (Standing(ME, Tool.MAIL, group="team", state=DELETED, member=True, administrator=True), Right.NOTHING),  # S32
        (Standing(ME, Tool.MAIL, shares=(share(Preset.READ),)), READS),  # R48
        (Standing(ME, Tool.MAIL, shares=(share(Preset.READ), share(Preset.EDIT, "crew"))), PRESETS[Preset.EDIT]),  # R55
        (Standing(ME, Tool.DOCUMENTS, shares=(share(Preset.DROP),)), Right.DROP),
        (replace(MEMBER, state=FROZEN, shares=(share(Preset.EDIT),)), READS),
        (
            replace(MEMBER, state=DELETED, shares=(share(Preset.EDIT),)),
            Right.NOTHING,
        ),
    ],
)
def test_rights_when_standing_is_known_then_they_follow(standing, held):
    assert standing.rights == held


@pytest.mark.parametrize(
    ("standing", "privacy", "author", "held"),
    [
        (Standing(ME, Tool.MAIL, owner=True), Privacy.PRIVATE, OTHER, ALL),
        (Standing(ME, Tool.MAIL, shares=(share(Preset.MANAGE),)), Privacy.PRIVATE, OTHER, Right.NOTHING),  # R13
        (Standing(ME, Tool.MAIL, shares=(share(Preset.MANAGE),)), Privacy.PRIVATE, ME, Right.NOTHING),
        (EDITOR, Privacy.CONFIDENTIAL, OTHER, Right.BUSY),  # C12
        (EDITOR, Privacy.PRIVATE, OTHER, Right.BUSY),  # C12
        (replace(EDITOR, hides=True), Privacy.PRIVATE, OTHER, Right.NOTHING),
        (
            replace(EDITOR, hides=True),
            Privacy.CONFIDENTIAL,
            OTHER,
            Right.BUSY,
        ),
        (Standing(ME, Tool.CALENDAR), Privacy.PRIVATE, OTHER, Right.NOTHING),
        (Standing(ME, Tool.CONTACTS, shares=(share(Preset.EDIT),)), Privacy.CONFIDENTIAL, OTHER, Right.NOTHING),
        (Standing(ME, Tool.MAIL, group="team", member=True), Privacy.PRIVATE, OTHER, Right.NOTHING),
        (Standing(ME, Tool.MAIL, group="team", member=True), Privacy.PRIVATE, ME, READS),
        (replace(MEMBER, administrator=True), Privacy.PRIVATE, OTHER, ALL),
        (
            replace(MEMBER, coadministrator=True),
            Privacy.PRIVATE,
            OTHER,
            Right.NOTHING,
        ),
    ],
)
def test_on_when_an_item_is_private_then_only_what_is_inherited_is_withheld(standing, privacy, author, held):
    assert standing.on(privacy, author) == held
    if standing.group is None and not standing.owner:
        assert standing.on(privacy, author, [share(Preset.READ)]) == held | READS  # its own share is not (R13)


shares = st.lists(st.builds(share, st.sampled_from(list(Preset)), st.sampled_from(["team", "crew"])), max_size=5)
standings = st.builds(
    Standing,
    st.just(ME),
    st.sampled_from(list(Tool)),
    owner=st.booleans(),
    hides=st.booleans(),
    group=st.sampled_from([None, "team"]),
    state=st.sampled_from([ACTIVE, FROZEN, DELETED]),
    administrator=st.booleans(),
    coadministrator=st.booleans(),
    member=st.booleans(),
    to_all=st.sampled_from(list(Preset)),
    to_one=st.sampled_from(list(Preset)),
    shares=shares.map(tuple),
)


@given(standings, st.sampled_from(list(Privacy)), st.sampled_from([ME, OTHER, None]), shares)
def test_on_whatever_is_given_then_nothing_takes_away_but_privacy(standing, privacy, author, of_item):
    more = standing.on(privacy, author, of_item)
    assert standing.inherited(privacy, author) in more
    assert standing.inherited(privacy, author) in standing.rights
    if privacy is Privacy.OPEN:
        assert standing.inherited(privacy, author) == standing.rights


@given(shares)
def test_together_when_shares_are_turned_round_or_repeated_then_the_same(several):
    assert together(several) == together([*reversed(several), *several])


@given(standings)
def test_rights_whatever_is_given_then_a_group_that_is_not_active_lets_nobody_write(standing):
    if not standing.owner and standing.group is not None and standing.state != ACTIVE:
        assert standing.rights & ~READS == Right.NOTHING
