"""Accounts that nobody uses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.accounts import accounts, closure, expiry, managing, organisations, recovery
from coserver.accounts.expiry import DAYS, Step, Warned, due
from coserver.accounts.managing import Asking
from coserver.auth import credentials, standing
from coserver.auth.login import Login
from coserver.mail import addresses, mailboxes
from coserver.mail.delivery import deliver
from coserver.mail.prepared import prepare
from coserver.model.errors import Denied, Unknown
from coserver.model.plan import Feature
from coserver.model.principal import State
from coserver.quota import plans
from coserver.store.schema.whole import TABLES

HOME = "bob@elsewhere.test"
DAY = 86_400
MS = DAY * 1000
PASSWORD = "three unrelated words"


@pytest.fixture
def house(office, estate):
    """A house with a plan that ends by disuse, and alice of the operator's."""
    estate.store.write(lambda tx: plans.publish(tx, plans.parse(plans.bundled())))
    office.do("account add", login="alice", password="x", plan="demo")
    return office.house


@pytest.fixture
def bob(office, house):
    office.do("account add", login="bob", password=PASSWORD, plan="free", external=HOME)
    with house.store.read() as tx:
        return accounts.find(tx, "bob")


def log_in(house, password=PASSWORD, service=Feature.IMAP):
    login = Login(house.store, house.hasher)
    found = login.check("bob", password, service=service, peer="127.0.0.1")
    house.store.write(lambda tx: None)  # the use is noted after the answer
    return found


def state(house, name="bob"):
    with house.store.read() as tx:
        found = standing.find(tx, name)
        return None if found is None else found.state


def live(house, days, every=1):
    """Let days go by, with a round of the timer on each, or every so many."""
    for gone in range(0, days, every):
        house.store.clock.seconds += min(every, days - gone) * DAY
        expiry.round_(house)
        closure.sweep(house)


def test_round_when_nobody_logs_in_then_five_warnings_a_suspension_and_the_end(house, bob, post):
    """R41, R65, C1: 210 days, not 30; warned 60, 30, 14, 3 and 1 days before, outside and in the INBOX."""
    written = []
    for day in range(1, 242):
        before = len(post.sent(HOME))
        live(house, 1)
        if state(house) is None:
            break
        if len(post.sent(HOME)) > before:
            written.append(day)
            assert post.sent(HOME)[-1] == post.letters(bob.id)[-1]
        assert state(house) is (State.ACTIVE if day < 210 else State.LAPSED)
    assert written == [150, 180, 196, 207, 209, 210]
    assert day == 240


def test_round_when_warned_then_the_letter_says_what_to_do_and_by_when(house, bob, post):
    live(house, 150)
    ((subject, text),) = post.sent(HOME)
    assert subject == "Your account bob@example.test will end if it is not used"
    assert "since 2027-01-15 08:00 UTC" in text
    assert "before 2027-08-13 08:00 UTC" in text  # 210 days after
    assert "2027-09-12 08:00 UTC" in text  # 30 more


@pytest.mark.parametrize("service", [Feature.IMAP, Feature.SMTP, Feature.CALDAV, Feature.CARDDAV, Feature.WEBDAV])
def test_round_when_he_logs_in_then_it_counts_on_any_protocol_and_begins_anew(house, bob, post, service):
    """S9: every service is use."""
    live(house, 208)
    assert len(post.sent(HOME)) == 4
    log_in(house, service=service)
    live(house, 149)
    assert len(post.sent(HOME)) == 4
    assert state(house) is State.ACTIVE
    live(house, 1)
    assert len(post.sent(HOME)) == 5
    live(house, 60)
    assert state(house) is State.LAPSED


def test_round_when_only_an_app_password_is_used_then_that_is_use(house, bob, post):
    """S9."""
    made = credentials.make()
    house.store.write(lambda tx: credentials.add_app(tx, bob.id, made, label="", services=()))
    for _ in range(10):
        live(house, 100, every=10)
        log_in(house, made.text)
    assert (post.outgoing(), state(house)) == ([], State.ACTIVE)


def test_round_when_mail_arrives_and_logins_fail_then_that_is_no_use(house, bob, post):
    """S9."""
    prepared = prepare(house.store.stage(b"Subject: x\r\n\r\n"))
    for _ in range(21):
        live(house, 10)
        house.store.write(lambda tx: deliver(tx, [bob.id], prepared))
        with pytest.raises((Unknown, Denied)):
            log_in(house, "wrong")
    assert state(house) is State.LAPSED


def test_round_when_the_account_is_paid_for_then_it_stays_for_ever(house, bob, post):
    """R42: five years without a login."""
    until = round(house.store.clock.seconds * 1000) + 5 * 365 * MS
    house.store.write(lambda tx: tx.execute(TABLES["subscription"].update().values(paid_until=until)))
    live(house, 5 * 365 - 1, every=30)
    assert (post.outgoing(), state(house)) == ([], State.ACTIVE)
    live(house, 1)  # then it is a free one, and has its warnings before anything happens
    assert len(post.sent(HOME)) == 1
    live(house, 59)
    assert state(house) is State.ACTIVE
    live(house, 1)
    assert state(house) is State.LAPSED


def test_round_when_the_plan_is_none_of_those_that_end_then_it_stays(house, bob, office, post):
    """C8: what an operator gives does not end by itself."""
    office.do("account plan", login="bob", plan="demo")
    live(house, 400, every=10)
    assert (post.outgoing(), state(house)) == ([], State.ACTIVE)


def test_round_when_there_is_no_address_to_warn_then_it_stays(house, bob, office, post):
    """C1: an account that received no warning never counts."""
    office.do("account external", login="bob")
    live(house, 400, every=10)
    assert (post.letters(bob.id), state(house)) == ([], State.ACTIVE)
    office.do("account external", login="bob", address=HOME)
    live(house, 60)
    assert (len(post.sent(HOME)), state(house)) == (5, State.ACTIVE)
    live(house, 1)
    assert state(house) is State.LAPSED


def test_round_when_the_warning_finds_no_way_then_it_does_not_count(house, bob, office, post, caplog):
    """C1: the external address is one of ours that leads nowhere."""
    caplog.set_level("INFO")
    office.do("account external", login="bob", address="nobody1@example.test")
    live(house, 300, every=10)
    assert state(house) is State.ACTIVE
    assert "disuse-not-warned" in caplog.messages


def test_round_when_the_house_stood_still_for_years_then_everybody_has_his_sixty_days(house, bob, post):
    """C1: warnings come before the end, however late they begin."""
    house.store.clock.seconds += 3 * 365 * DAY
    assert expiry.round_(house) == 1
    assert expiry.round_(house) == 0
    assert (len(post.sent(HOME)), state(house)) == (1, State.ACTIVE)
    house.store.clock.seconds += 59 * DAY  # and another halt: what was missed is told in one letter
    expiry.round_(house)
    assert (len(post.sent(HOME)), state(house)) == (2, State.ACTIVE)
    house.store.clock.seconds += 365 * DAY
    expiry.round_(house)
    assert state(house) is State.LAPSED
    assert closure.sweep(house) == 0  # 30 days from now on, not from when it would have been


def test_round_when_he_was_paid_for_after_a_warning_then_former_warnings_count_no_more(house, bob, post):
    live(house, 209)
    assert len(post.sent(HOME)) == 5
    house.store.write(lambda tx: tx.execute(TABLES["subscription"].update().values(paid_until=tx.now + 100 * MS)))
    live(house, 99)
    assert (len(post.sent(HOME)), state(house)) == (5, State.ACTIVE)
    live(house, 60)
    assert (len(post.sent(HOME)), state(house)) == (10, State.ACTIVE)
    live(house, 1)
    assert state(house) is State.LAPSED


def test_lapsed_when_mail_comes_then_it_is_kept_and_its_owner_gets_everything_back(house, bob, post):
    """C1: suspended for 30 days, with all data."""
    prepared = prepare(house.store.stage(b"Subject: kept\r\n\r\n"))
    house.store.write(lambda tx: deliver(tx, [bob.id], prepared))
    live(house, 210 + 29)
    assert state(house) is State.LAPSED
    recovery.recover(house, "bob")
    recovery.reset(house, post.code(HOME), "four quite other words")
    live(house, 149)
    assert state(house) is State.ACTIVE
    with house.store.read() as tx:
        assert mailboxes.inbox(tx, bob.id).items == 1 + 6 + 1  # the message, the letters, that the password is new


def test_lapsed_when_he_read_the_mail_of_the_roles_then_another_does(house, bob, office):
    office.do("domain add", name="second.test", postmaster="bob")
    live(house, 210)
    with house.store.read() as tx:
        assert addresses.resolve(tx, "postmaster", "second.test") == accounts.find(tx, "alice").id


def test_due_when_everything_is_in_time_then_the_days_are_those_of_the_rule():
    limit = 210 * MS
    assert due(0, None, now=150 * MS - 1, limit=limit) is None
    assert due(0, None, now=150 * MS, limit=limit) == Step(60, 210 * MS)
    warned = Warned(150 * MS, 60)
    assert due(0, warned, now=180 * MS - 1, limit=limit) is None
    assert due(0, warned, now=180 * MS, limit=limit) == Step(30, 210 * MS)
    assert due(0, Warned(150 * MS, 30), now=208 * MS, limit=limit) == Step(3, 210 * MS)
    assert due(0, Warned(150 * MS, 1), now=210 * MS - 1, limit=limit) is None
    assert due(0, Warned(150 * MS, 1), now=210 * MS, limit=limit) == Step(0, 210 * MS)


@given(
    limit=st.integers(90, 400),
    rounds=st.lists(st.integers(1, 100), min_size=1, max_size=60),
)
def test_due_when_rounds_come_at_any_time_then_the_end_is_never_without_sixty_days_of_warning(limit, rounds):
    """C1: whatever the timer misses."""
    now, warned, said = 0, None, []
    for days in rounds:
        now += days * MS
        step = due(0, warned, now=now, limit=limit * MS)
        if step is None:
            continue
        if step.days == 0:
            assert warned is not None
            assert now >= max(limit * MS, warned.first + 60 * MS)
            assert now >= step.end
            return
        assert step.days in DAYS
        assert now >= (limit - 60) * MS
        assert step.end >= (warned.first if warned else now) + 60 * MS
        said.append(step.days)
        warned = Warned(warned.first if warned else now, step.days)
    assert said == sorted(set(said), reverse=True)


@pytest.fixture
def club(house, bob):
    """The organisation of alice, which runs bob."""

    def job(tx):
        made = organisations.found(tx, "club", owner=accounts.find(tx, "alice").id)
        managing.enter(tx, made, bob.id)
        return made

    return house.store.write(job)


def test_round_when_an_organisation_in_good_standing_runs_it_then_it_never_ends(house, bob, post, club):
    """C8: for five years, on a free plan, without a login."""
    live(house, 5 * 365, every=5)
    assert (post.sent(HOME), state(house)) == ([], State.ACTIVE)


def test_round_when_the_owner_is_out_of_force_for_long_then_five_warnings_before_the_end(house, bob, post, club):
    """C8, C1: the good standing ends, and never anybody's account without a warning."""
    house.store.clock.seconds += 3 * 365 * DAY
    house.store.write(lambda tx: accounts.suspend(tx, club.owner))
    live(house, 29)
    assert (post.sent(HOME), state(house)) == ([], State.ACTIVE)
    live(house, 60)
    assert (len(post.sent(HOME)), state(house)) == (5, State.ACTIVE)
    live(house, 2)
    assert state(house) is State.LAPSED


def test_round_when_the_owner_comes_back_then_warnings_count_no_more_and_nothing_is_erased(house, bob, post, club):
    """C8."""
    house.store.write(lambda tx: accounts.suspend(tx, club.owner))
    live(house, 215)
    assert (len(post.sent(HOME)), state(house)) == (6, State.LAPSED)
    house.store.write(lambda tx: accounts.resume(tx, club.owner))
    live(house, 365, every=5)
    assert state(house) is State.LAPSED
    house.store.write(lambda tx: managing.resume(tx, Asking("club", club.owner), "bob"))
    live(house, 365, every=5)
    assert (len(post.sent(HOME)), state(house)) == (6, State.ACTIVE)
