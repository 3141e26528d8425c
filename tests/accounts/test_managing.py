"""What the owner of an organisation does with its accounts, and what he may not (R25)."""

import threading

import pytest

from coserver.accounts import accounts, closure, expiry, managing, many, organisations, plan_changes
from coserver.accounts.accounts import New
from coserver.accounts.managing import Asking
from coserver.accounts.many import Row
from coserver.auth import managed, standing
from coserver.groups import members
from coserver.mail import domains
from coserver.model.act import Actor, Way
from coserver.model.errors import Denied, Exists, HouseError, Malformed, Missing, NotInPlan
from coserver.model.principal import Role, State
from coserver.quota import subscriptions
from coserver.store import acting, journal

EXPIRING = ("small", "free")


class Club:
    """The organisation club, owned by alice, with the domain club.test; bob is one of its accounts."""

    def __init__(self, estate, office):
        self.estate, self.office, self.store, self.house = estate, office, estate.store, office.house
        self.alice = estate.account("alice", "demo")
        self.organisation = self.store.write(lambda tx: organisations.found(tx, "club", owner=self.alice.id))
        self.store.write(lambda tx: domains.add(tx, "club.test", organisation=self.organisation.id))
        self.asking = Asking("club", self.alice.id)
        self.bob = self.add("bob@club.test")

    def add(self, login, plan="demo", by=None):
        asking = by or self.asking
        return self.store.write(lambda tx: managing.add(tx, asking, New(login, "none", plan), expiring=EXPIRING))

    def do(self, deed, *args, by=None, **more):
        return self.store.write(lambda tx: deed(tx, by or self.asking, *args, **more))

    def state(self, account):
        with self.store.read() as tx:
            found = standing.get(tx, account.id)
        return None if found is None else found.state


@pytest.fixture
def club(estate, office):
    return Club(estate, office)


@pytest.mark.parametrize("login", ["carol@club.test", "carol", "carol@example.test"])
def test_add_when_the_login_is_in_its_domain_or_the_standard_one_then_the_account_is_run_by_it(club, login):
    """R25."""
    made = club.add(login)
    with club.store.read() as tx:
        assert organisations.running(tx, made.id) == club.organisation
        held, _ = managing.some(tx, club.asking, skip=0, most=5)
        assert [each.login for each, _ in held] == sorted([made.login, club.bob.login])


def test_add_when_the_domain_is_another_then_denied_for_the_operator_too(club):
    club.store.write(lambda tx: domains.add(tx, "other.test"))
    for by in (club.asking, Asking("club")):
        with pytest.raises(Denied, match=r"other\.test is not a domain of organisation club"):
            club.add("carol@other.test", by=by)


def test_add_when_its_domain_was_removed_then_refused(club):
    club.store.write(lambda tx: domains.remove(tx, "club.test"))
    with pytest.raises(HouseError):
        club.add("carol@club.test")


def test_add_when_a_name_is_official_then_the_owner_has_it_in_his_own_domain_alone(club):
    """S26."""
    assert club.add("billing@club.test").login == "billing@club.test"
    with pytest.raises(Denied, match="reserved"):
        club.add("billing")
    assert club.add("billing", by=Asking("club")).login == "billing@example.test"


def test_add_when_the_plan_of_the_owner_is_used_up_then_not_in_plan_and_nothing_is_made(club):
    """R25."""
    club.store.write(lambda tx: subscriptions.override(tx, club.alice.id, "managed_accounts", 1))
    with pytest.raises(NotInPlan, match="allows 1 accounts"):
        club.add("carol")
    with club.store.read() as tx:
        assert standing.find(tx, "carol") is None


def test_add_when_two_hurry_for_the_last_place_then_one_gets_it(club):
    """R25: concurrent deeds never exceed what the plan allows."""
    club.store.write(lambda tx: subscriptions.override(tx, club.alice.id, "managed_accounts", 2))
    outcomes = []
    gate = threading.Barrier(4)

    def hurry(number):
        gate.wait()
        try:
            outcomes.append(club.add(f"carol{number}").login)
        except NotInPlan:
            outcomes.append("")

    threads = [threading.Thread(target=hurry, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum(bool(each) for each in outcomes) == 1


def test_add_when_the_owner_is_not_in_force_then_nobody_adds(club):
    club.store.write(lambda tx: accounts.suspend(tx, club.alice.id))
    for by in (club.asking, Asking("club")):
        with pytest.raises(Denied, match="not in force"):
            club.add("carol", by=by)


@pytest.mark.parametrize(
    ("deed", "more"),
    [
        (managing.suspend, ()), (managing.resume, ()), (managing.close, ()), (managing.restore, ()),
        (managing.set_password, ("none",)), (managing.checked, ()),
    ],
)  # fmt: skip
def test_deeds_when_by_somebody_else_then_missing_for_strangers_and_denied_for_its_accounts(club, deed, more):
    """R25."""
    stranger = club.estate.account("carol")
    with pytest.raises(Missing, match="no organisation 'club'"):
        club.do(deed, "bob@club.test", *more, by=Asking("club", stranger.id))
    with pytest.raises(Denied, match="Only the owner"):
        club.do(deed, "bob@club.test", *more, by=Asking("club", club.bob.id))
    assert club.state(club.bob) is State.ACTIVE


@pytest.mark.parametrize("login", ["carol", "alice", "nobody", ""])
def test_deeds_when_the_account_is_not_its_own_then_missing_and_nothing_happens(club, login):
    club.estate.account("carol")
    for deed in (managing.suspend, managing.close):
        with pytest.raises(Missing, match="no account"):
            club.do(deed, login)
    with club.store.read() as tx:
        assert {each.state for each in standing.listed(tx)} == {State.ACTIVE}


def test_suspend_when_by_the_owner_then_he_resumes_and_the_log_of_the_account_says_who(club):
    """R25, R64."""
    with acting.by(Actor(club.alice.id, club.alice.login, Way.COMMAND)):
        club.do(managing.suspend, "bob@club.test")
    assert club.state(club.bob) is State.SUSPENDED
    club.do(managing.suspend, "bob@club.test")
    club.do(managing.resume, "bob@club.test")
    assert club.state(club.bob) is State.ACTIVE
    with club.store.read() as tx:
        acts = [(str(act.kind), act.actor.login) for act in journal.listed(tx, club.bob.space)]
    assert ("suspended", club.alice.login) in acts
    assert "came under an organisation" in dict(acts)


def test_resume_when_the_operator_suspended_then_denied_for_the_owner(club):
    club.store.write(lambda tx: accounts.suspend(tx, club.bob.id))
    club.do(managing.suspend, "bob@club.test")
    with pytest.raises(Denied, match="operator suspended"):
        club.do(managing.resume, "bob@club.test")
    club.do(managing.resume, "bob@club.test", by=Asking("club"))
    club.do(managing.suspend, "bob@club.test")
    club.store.write(lambda tx: accounts.suspend(tx, club.bob.id))
    with pytest.raises(Denied, match="operator suspended"):
        club.do(managing.resume, "bob@club.test")


def test_close_when_restored_then_it_is_the_organisations_as_before(club):
    """R25, S24."""
    assert club.do(managing.close, "bob@club.test").state is State.CLOSED
    assert club.do(managing.restore, "bob@club.test").state is State.ACTIVE
    with club.store.read() as tx:
        assert organisations.running(tx, club.bob.id) == club.organisation


def test_restore_when_the_operator_deleted_then_denied_for_the_owner(club):
    """S24: one undoes one's own deletion, not that of who stands above."""
    club.store.write(lambda tx: closure.close(tx, club.bob.id))
    club.do(managing.close, "bob@club.test")  # his word comes second
    with pytest.raises(Denied, match=r"operator deleted bob@club\.test, and only he can undo that"):
        club.do(managing.restore, "bob@club.test")
    club.do(managing.restore, "bob@club.test", by=Asking("club"))
    club.do(managing.close, "bob@club.test")
    club.do(managing.close, "bob@club.test", by=Asking("club"))
    with pytest.raises(Denied, match="operator deleted"):
        club.do(managing.restore, "bob@club.test")
    assert club.state(club.bob) is State.CLOSED


def test_restore_when_suspended_before_then_who_suspended_still_says_when_that_ends(club):
    club.store.write(lambda tx: accounts.suspend(tx, club.bob.id))
    club.do(managing.close, "bob@club.test")
    assert club.do(managing.restore, "bob@club.test").state is State.SUSPENDED
    with pytest.raises(Denied, match="operator suspended"):
        club.do(managing.resume, "bob@club.test")
    club.do(managing.resume, "bob@club.test", by=Asking("club"))
    club.do(managing.suspend, "bob@club.test")
    club.store.write(lambda tx: closure.close(tx, club.bob.id))
    club.store.write(lambda tx: closure.restore(tx, club.bob.id))
    club.do(managing.resume, "bob@club.test")
    with pytest.raises(Denied, match="not deleted"):
        club.do(managing.restore, "bob@club.test")


def test_close_when_it_is_erased_then_no_row_is_left_and_its_place_is_free(club):
    """S24."""
    club.do(managing.close, "bob@club.test")
    with club.store.read() as tx:
        assert managed.count(tx, [club.organisation.id]) == 1
    club.store.write(lambda tx: closure.erase(tx, club.bob.id, rest_days=0))
    with club.store.read() as tx:
        assert managed.count(tx, [club.organisation.id]) == 0
        assert managed.get(tx, club.bob.id) is None


def test_owner_when_his_organisation_has_something_then_he_can_neither_be_closed_nor_erased(club):
    """R25, R26: until it is in other hands."""
    for deed in (
        lambda tx: closure.close(tx, club.alice.id),
        lambda tx: closure.erase(tx, club.alice.id, rest_days=0),
    ):
        with pytest.raises(Denied, match=r"organisation club, which has 1 accounts and the domains club\.test"):
            club.store.write(deed)
    club.store.write(lambda tx: organisations.hand_over(tx, "club", club.bob.id, expiring=EXPIRING))
    club.store.write(lambda tx: closure.erase(tx, club.alice.id, rest_days=0))
    assert club.state(club.alice) is None


def test_owner_when_his_organisation_is_empty_then_it_goes_with_him(club):
    club.store.write(lambda tx: closure.erase(tx, club.bob.id, rest_days=0))
    club.store.write(lambda tx: domains.remove(tx, "club.test"))
    club.store.write(lambda tx: closure.erase(tx, club.alice.id, rest_days=0))
    with club.store.read() as tx:
        assert organisations.listed(tx) == []
        assert [each.organisation for each in domains.listed(tx) if each.name == "club.test"] == [None]


def test_put_on_when_places_on_free_plans_are_used_up_then_not_in_plan(club):
    """R25: a change of plan does not lead round the number of accounts on free plans."""
    club.store.write(lambda tx: subscriptions.override(tx, club.alice.id, "free_managed", 1))
    club.add("carol")
    assert club.do(managing.put_on, "bob@club.test", "small", expiring=EXPIRING).login == "bob@club.test"
    club.do(managing.put_on, "bob@club.test", "free", expiring=EXPIRING)
    with pytest.raises(NotInPlan, match="free plans"):
        club.do(managing.put_on, "carol", "small", expiring=EXPIRING)
    with pytest.raises(NotInPlan, match="free plans"):
        club.add("dave", "small")
    with pytest.raises(Missing, match="no plan"):
        club.do(managing.put_on, "carol", "golden", expiring=EXPIRING)
    club.do(managing.put_on, "carol", "big", expiring=EXPIRING)


def test_round_when_terms_end_above_the_number_on_free_plans_then_nobody_is_lost_or_shut_out_and_none_come(club):
    """S1, C6, C8: over the limit is a state, not an end."""
    carol = club.add("carol")
    club.store.write(lambda tx: subscriptions.override(tx, club.alice.id, "free_managed", 1))
    soon = int(club.estate.clock.seconds * 1000) + 1
    for each in (club.bob, carol):
        club.store.write(lambda tx, each=each: plan_changes.subscribe(tx, each.id, "demo", paid_until=soon))
    assert club.office.do("org show", org="club")["over_limit"] == []
    club.estate.clock.seconds += 1
    assert plan_changes.round_(club.house) == 2
    assert club.office.do("org show", org="club")["over_limit"] == ["2 accounts on free plans, and the plan allows 1"]
    assert expiry.round_(club.house) == 0
    assert [club.state(each) for each in (club.bob, carol)] == [State.ACTIVE, State.ACTIVE]
    club.do(managing.put_on, "carol", "small", expiring=EXPIRING)  # from one free plan to another
    club.do(managing.suspend, "carol")
    club.do(managing.resume, "carol")
    with pytest.raises(NotInPlan, match="as many"):
        club.add("dave", "free")
    club.do(managing.put_on, "carol", "demo", expiring=EXPIRING)
    with pytest.raises(NotInPlan, match="free plans"):
        club.do(managing.put_on, "carol", "small", expiring=EXPIRING)
    assert club.add("dave").plan == "demo"
    assert club.office.do("org show", org="club")["over_limit"] == []


def test_owner_when_his_plan_gets_smaller_than_what_he_has_then_all_of_it_goes_on_and_nothing_is_added(club):
    """S1."""
    carol = club.add("carol", "free")
    club.store.write(lambda tx: plan_changes.subscribe(tx, club.alice.id, "free"))
    assert club.office.do("org show", org="club")["over_limit"] == [
        "2 accounts of organisations, and the plan allows 0",
        "1 accounts on free plans, and the plan allows 0",
        "1 domains, and the plan allows 0",
    ]
    for login in ("bob@club.test", "carol"):
        club.do(managing.close, login)
        club.do(managing.restore, login)
    assert [club.state(each) for each in (club.bob, carol)] == [State.ACTIVE, State.ACTIVE]
    with pytest.raises(NotInPlan, match="allows 0 accounts, and there are"):
        club.add("dave")


def test_account_plan_when_the_operator_changes_it_then_the_owners_plan_counts_too(club):
    club.store.write(lambda tx: subscriptions.override(tx, club.alice.id, "free_managed", 0))
    with pytest.raises(NotInPlan, match="free plans"):
        club.office.do("account plan", login="bob@club.test", plan="free")


def test_join_when_an_account_of_it_administers_the_group_then_no_invitation_is_needed(club):
    """S16."""
    team = club.estate.group("team", club.bob)
    carol = club.add("carol")
    club.do(managing.join, "team", "carol")
    with club.store.read() as tx:
        assert members.is_member(tx, team.id, carol.id)
    with pytest.raises(Exists):
        club.do(managing.join, "team", "carol")


def test_join_when_the_group_is_of_others_then_only_if_he_manages_it(club):
    """S16."""
    dave = club.estate.account("dave", "demo")
    team = club.estate.group("team", dave)
    with pytest.raises(Missing, match="no group 'team'"):
        club.do(managing.join, "team", "bob@club.test")
    club.estate.join(team.id, club.alice.id)
    with pytest.raises(Denied, match="invite"):
        club.do(managing.join, "team", "bob@club.test")
    club.store.write(lambda tx: members.set_role(tx, team.id, club.alice.id, role=Role.COADMINISTRATOR))
    club.do(managing.join, "team", "bob@club.test")
    with pytest.raises(Missing, match="no account 'dave'"):
        club.do(managing.join, "team", "dave")


def test_reassign_when_the_next_one_is_its_own_then_at_once_and_the_account_can_be_deleted(club):
    """S4."""
    team = club.estate.group("team", club.bob, club.alice)
    with pytest.raises(Denied, match="administers groups"):
        club.do(managing.close, "bob@club.test")
    assert managing.reassign(club.house, club.asking, "team", "alice")
    club.do(managing.close, "bob@club.test")
    with club.store.read() as tx:
        assert members.get(tx, team.id).administrator == club.alice.id


def test_reassign_when_the_next_one_is_somebody_else_then_he_is_asked_first(club, post):
    """S4, S5: the group would count against his plan."""
    carol = club.estate.account("carol", "demo")
    team = club.estate.group("team", club.bob, carol)
    assert not managing.reassign(club.house, club.asking, "team", "carol")
    assert [subject for subject, _ in post.letters(carol.id)] == ["You can take over the group team"]
    with club.store.read() as tx:
        assert members.get(tx, team.id).administrator == club.bob.id
    assert managing.reassign(club.house, Asking("club"), "team", "carol")


def test_reassign_when_the_group_is_of_others_or_he_is_no_member_then_missing(club):
    dave = club.estate.account("dave", "demo")
    club.estate.group("team", dave, club.alice)
    club.estate.group("choir", club.bob)
    for group, login in (("team", "alice"), ("nothing", "alice"), ("choir", "alice"), ("choir", "nobody")):
        with pytest.raises(Missing):
            managing.reassign(club.house, club.asking, group, login)


def test_reassign_when_the_next_one_is_not_in_force_then_denied(club):
    """S4: a group in the hands of a suspended account would be in nobody's."""
    carol = club.add("carol")
    club.estate.group("team", club.bob, carol)
    club.do(managing.suspend, "carol")
    for by in (club.asking, Asking("club")):
        with pytest.raises(Denied, match="not in force"):
            managing.reassign(club.house, by, "team", "carol")
    club.do(managing.resume, "carol")
    assert managing.reassign(club.house, club.asking, "team", "carol")


def test_ways_when_rehearsed_then_each_line_is_judged_knowing_those_before_and_nothing_is_written(club):
    """R25: the dry run says what the run does."""
    club.store.write(lambda tx: subscriptions.override(tx, club.alice.id, "managed_accounts", 3))
    dave = club.estate.account("dave", "demo")
    club.estate.group("closed", dave)
    rows = [
        Row("carol", "x", "demo", ("choir",)), Row("carol", "x"), Row("erin@other.test", "x"), Row("postmaster", "x"),
        Row("erin@club.test", "x", "golden"), Row("erin@club.test", "x", "demo", ("closed",)),
        Row("erin@club.test", "x", "demo", ("choir",)), Row("late", "x", "demo"), Row("dave", "x", "", ("choir",)),
    ]  # fmt: skip
    ways = managing.ways(club.house, club.asking)
    before = club.office.do("account list")
    told = many.rehearse(club.house, rows, ways)
    assert club.office.do("account list") == before
    assert [each.added for each in told] == [True, False, False, False, False, False, True, False, False]
    done = many.add(club.house, rows, ways)
    assert done == told
    with club.store.read() as tx:
        choir = members.members(tx, members.find(tx, "choir").id)
    assert [each.login for each in choir] == ["carol@example.test", "erin@club.test"]


def test_rehearse_when_there_are_too_many_lines_then_malformed(club):
    rows = [Row(f"carol{number}", "x") for number in range(many.MOST_REHEARSED + 1)]
    with pytest.raises(Malformed, match="divide"):
        many.rehearse(club.house, rows, managing.ways(club.house, club.asking))
