"""Signing up for an account and confirming it."""

import threading

import pytest

from coserver.accounts import accounts, closure, organisations, signup, tokens
from coserver.accounts.signup import Wish
from coserver.auth import standing
from coserver.auth.login import Login
from coserver.mail import addresses, domains
from coserver.model.errors import Busy, Denied, Exists, HouseError, Malformed, Missing
from coserver.model.plan import Feature
from coserver.model.principal import State
from coserver.store import doctor
from coserver.store.schema.whole import TABLES
from tests.office import finish

HOUR = 3600
PASSWORD = "three unrelated words"
HOME = "erin@elsewhere.test"


@pytest.fixture
def house(office, estate):
    """A house with an account of the operator's."""
    estate.account("alice")
    return office.house


def ask(house, login="bob", external=HOME, plan="small"):
    return signup.sign_up(house, Wish(login, external, PASSWORD, "Bob", plan))


def resend(house, name="bob"):
    """Ask, and wait for what is done after the answer."""
    done = signup.resend(house, name)
    finish(house.store)
    return done


def log_in(house, name="bob"):
    return Login(house.store, house.hasher).check(name, PASSWORD, service=Feature.IMAP, peer="127.0.0.1")


def state(house, name="bob"):
    with house.store.read() as tx:
        found = standing.find(tx, name)
        return None if found is None else found.state


def test_sign_up_when_confirmed_by_the_code_that_was_mailed_then_one_can_log_in(house, post):
    """R20, R21: nothing is served before."""
    made = ask(house)
    assert (made.login, made.plan, state(house)) == ("bob@example.test", "small", State.PENDING)
    with pytest.raises(Denied, match="not confirmed yet"):
        log_in(house)
    ((subject, text),) = post.sent(HOME)
    assert subject == "Confirm your account bob@example.test"
    assert "before 2027-01-16 08:00 UTC" in text
    assert "This letter comes from example.test" in text  # R24: which domain to want
    assert signup.confirm(house, post.code(HOME)).state is State.ACTIVE
    assert log_in(house).login == "bob@example.test"
    with house.store.read() as tx:
        assert standing.find(tx, "bob").external == HOME


def test_sign_up_when_the_code_is_kept_then_as_a_digest_alone(house, post):
    ask(house)
    code = post.code(HOME)
    with house.store.read() as tx:
        (row,) = tx.execute(TABLES["token"].select()).all()
    assert code not in str(row)
    assert len(row.hash) == 32


@pytest.mark.parametrize("wrong", ["", "x", "x" * 64, "x" * 10_000, "\udcff", "\0", " "])
def test_confirm_when_the_code_is_none_then_missing_and_nothing_changes(house, post, wrong):
    ask(house)
    with pytest.raises(Missing, match="not good any more"):
        signup.confirm(house, wrong)
    assert state(house) is State.PENDING


def test_confirm_when_repeated_then_the_code_is_used_up(house, post):
    ask(house)
    code = post.code(HOME)
    signup.confirm(house, f" {code}\n")
    with pytest.raises(Missing):
        signup.confirm(house, code)
    assert state(house) is State.ACTIVE


def test_confirm_when_a_code_is_for_another_purpose_then_missing(house, estate, post):
    made = ask(house)
    other = tokens.make()
    house.store.write(
        lambda tx: tokens.add(tx, made.id, tokens.Kind.RECOVER, other, expires=tx.now + 1000)
    )  # fmt: skip
    with pytest.raises(Missing):
        signup.confirm(house, other.text)


def test_confirm_when_a_day_has_passed_then_it_is_too_late_and_the_name_is_free(house, estate, post):
    """R22: an unconfirmed sign-up frees its name after 24 hours, whether or not the timer came by."""
    first = ask(house)
    late = post.code(HOME)
    estate.clock.seconds += 24 * HOUR - 1
    with pytest.raises(Exists):
        ask(house, external="dave@elsewhere.test")
    estate.clock.seconds += 1
    with pytest.raises(Missing):
        signup.confirm(house, late)
    second = ask(house, external="dave@elsewhere.test")
    assert second.id != first.id
    assert signup.confirm(house, post.code("dave@elsewhere.test")).id == second.id
    assert doctor.check(house.store) == []


def test_sweep_when_a_day_has_passed_then_the_sign_up_is_gone_and_its_name_does_not_rest(house, estate):
    """R22, S25: an address that was never anybody's needs no rest."""
    ask(house)
    estate.clock.seconds += 24 * HOUR
    assert closure.sweep(house) == 1
    assert state(house) is None
    estate.account("bob")


def test_start_over_when_asked_then_the_name_is_free_at_once(house, post):
    """R22: a wrong address was typed."""
    ask(house, external="wrong@elsewhere.test")
    lost = post.code("wrong@elsewhere.test")
    signup.start_over(house, "bob")
    assert post.outgoing() == []  # not even the letter that had not left yet
    with pytest.raises(Missing):
        signup.confirm(house, lost)
    ask(house)
    signup.confirm(house, post.code(HOME))
    assert state(house) is State.ACTIVE


@pytest.mark.parametrize("name", ["alice", "nobody1"])
def test_start_over_when_there_is_no_sign_up_then_missing_in_the_same_words(house, name):
    with pytest.raises(Missing, match=f"no sign-up for '{name}'"):
        signup.start_over(house, name)
    assert state(house, "alice") is State.ACTIVE


def test_resend_when_the_mail_is_slow_then_another_letter_goes_and_either_code_is_good(house, estate, post):
    """R23: not sooner than ten minutes after the last one."""
    ask(house)
    early = post.code(HOME)
    resend(house)
    assert len(post.sent(HOME)) == 1
    estate.clock.seconds += 600
    resend(house)
    assert len(post.sent(HOME)) == 2
    assert post.code(HOME) != early
    assert signup.confirm(house, early).login == "bob@example.test"
    with pytest.raises(Missing):
        signup.confirm(house, post.code(HOME))


def test_resend_when_asked_again_and_again_then_five_letters_are_the_most(house, estate, post):
    ask(house)
    for _ in range(20):
        estate.clock.seconds += 600
        resend(house)
    assert len(post.sent(HOME)) == signup.MOST_LETTERS


@pytest.mark.parametrize("name", ["alice", "nobody1", "", "\udcff", "x" * 400])
def test_resend_when_there_is_no_sign_up_then_the_same_silence(house, post, name):
    assert resend(house, name) is None
    assert post.outgoing() == []


@pytest.mark.parametrize(
    ("login", "refusal"),
    [
        ("postmaster", Denied), ("POSTMASTER", Denied), ("info", Denied), ("b b", Malformed), ("", Malformed),
        ("bücher", Malformed), ("\u0430lice", Malformed), ("pos\u0442master", Malformed), ("alice", Exists),
        ("\uff41lice", Exists), ("ALICE@EXAMPLE.TEST", Exists), ("bob@elsewhere.test", Missing), ("b/b", Malformed),
        ("b\0b", Malformed), ("b\u200bb", Malformed), ("x" * 65, Malformed),
    ],
)  # fmt: skip
def test_sign_up_when_the_name_will_not_do_then_says_why_and_sends_nothing(house, post, login, refusal):
    """S26, and names that look like those of others."""
    with pytest.raises(refusal):
        ask(house, login)
    assert post.outgoing() == []


@pytest.mark.parametrize(
    "external", ["", "erin", "bob@example.test", "BOB@Example.Test", "a@b@c", "x@y\r\nBcc: z@y.test"]
)
def test_sign_up_when_the_address_will_not_do_then_malformed(house, external):
    """R21: it is an address that exists already, so not the one that is asked for."""
    with pytest.raises(Malformed):
        ask(house, external=external)


def test_sign_up_when_the_password_is_obvious_then_malformed(estate, strict):
    """R44, C2."""
    estate.account("alice")
    for password in ("short", "bob and his dog", "password123456"):
        with pytest.raises(Malformed):
            signup.sign_up(strict.house, Wish("bob", HOME, password, "", "small"))
    assert state(strict.house) is None


def test_sign_up_when_there_is_no_such_plan_then_missing_and_the_name_stays_free(house):
    with pytest.raises(Missing, match="golden"):
        ask(house, plan="golden")
    assert ask(house).plan == "small"


def test_sign_up_when_it_waits_then_it_has_no_part_in_anything(house, estate):
    """A stranger's sign-up is not made the reader of the domain's roles, not even where there is nobody else."""
    made = ask(house)
    with house.store.read() as tx:
        alice = accounts.find(tx, "alice")
        assert addresses.resolve(tx, "postmaster", "") == alice.id
    house.store.write(lambda tx: closure.close(tx, alice.id))
    with house.store.read() as tx:
        assert addresses.resolve(tx, "postmaster", "") is None
    for deed in (accounts.suspend, accounts.resume):
        with pytest.raises(Denied, match="not confirmed"):
            house.store.write(lambda tx, deed=deed: deed(tx, made.id))


def test_sign_up_when_too_many_wait_for_one_address_then_busy(house, estate):
    for number in range(signup.MOST_OF_ADDRESS):
        ask(house, f"bob{number}")
    with pytest.raises(Busy, match="start over"):
        ask(house, "bob9", external="Erin@ELSEWHERE.test")
    ask(house, "bob9", external="dave@elsewhere.test")


def test_sign_up_when_too_many_wait_altogether_then_busy(house, monkeypatch):
    monkeypatch.setattr(signup, "MOST_WAITING", 2)
    for number in range(2):
        ask(house, f"bob{number}", external=f"erin{number}@elsewhere.test")
    with pytest.raises(Busy):
        ask(house, "bob9", external="erin9@elsewhere.test")


def test_sign_up_when_two_want_one_name_at_a_time_then_one_gets_it(house, post):
    barrier, outcomes = threading.Barrier(2), []

    def run(external):
        barrier.wait()
        try:
            outcomes.append(ask(house, external=external).login)
        except HouseError as error:
            outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=run, args=(f"{name}@elsewhere.test",)) for name in ("erin", "dave")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["Exists", "bob@example.test"]
    assert len(post.outgoing()) == 1


def test_confirm_and_start_over_when_at_a_time_then_one_of_them_wins(house, post):
    for _ in range(10):
        ask(house)
        code, barrier, outcomes = post.code(HOME), threading.Barrier(2), []

        def run(deed, barrier=barrier, outcomes=outcomes):
            barrier.wait()
            try:
                deed()
                outcomes.append("done")
            except Missing:
                outcomes.append("missing")

        deeds = (lambda code=code: signup.confirm(house, code), lambda: signup.start_over(house, "bob"))
        threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes) == ["done", "missing"]
        with house.store.read() as tx:
            left = standing.find(tx, "bob")
        if left is not None:
            assert left.state is State.ACTIVE
            house.store.write(lambda tx, left=left: closure.erase(tx, left.account, rest_days=0))


def test_sign_up_when_the_domain_is_of_an_organisation_then_denied(office, estate):
    """R25: its accounts are made by its owner."""
    estate.account("alice", "demo")
    office.do("org add", org="club", owner="alice")

    def give(tx):
        domains.add(tx, "club.test", organisation=organisations.find(tx, "club").id)

    office.house.store.write(give)
    wish = Wish("erin@club.test", "erin@elsewhere.test", "four plain words here", plan="demo")
    with pytest.raises(Denied, match=r"club\.test are made by its organisation"):
        signup.sign_up(office.house, wish)
