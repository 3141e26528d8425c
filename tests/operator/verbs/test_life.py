"""The operator's verbs about how accounts begin and end."""

import pytest

from coserver.accounts import accounts
from coserver.auth import credentials
from coserver.auth.login import Login
from coserver.config import Accounts
from coserver.model.errors import Denied, Malformed, Missing, Unknown
from coserver.model.plan import Feature

HOME = "erin@elsewhere.test"


def _login(office, name, password):
    login = Login(office.house.store, office.house.hasher)
    return login.check(name, password, service=Feature.IMAP, peer="127.0.0.1")


def _sign_up(office, login="erin", **more):
    return office.do("account sign-up", address=HOME, login=login, password="three words", plan="small", **more)


def test_sign_up_when_confirmed_then_the_account_is_active(office, people, post):
    assert _sign_up(office, name="Erin") == {"login": "erin@example.test", "state": "pending"}
    shown = office.do("account show", login="erin")
    assert (shown["name"], shown["external"], shown["state"]) == ("Erin", HOME, "pending")
    assert shown["confirmation_sent"] == "2027-01-15T08:00:00Z"
    assert shown["erased_at"] == "2027-01-16T08:00:00Z"
    assert office.do("account confirm", token=post.code(HOME)) == {"login": "erin@example.test"}
    shown = office.do("account show", login="erin")
    assert (shown["state"], shown["confirmation_sent"], shown["erased_at"]) == ("active", None, None)


def test_answers_when_a_stranger_asks_then_they_are_the_same_for_every_name(office, people, post):
    _sign_up(office)
    office.do("account external", login="bob", address="bob@elsewhere.test")
    for verb in ("account resend", "account recover"):
        answers = [office.do(verb, login=name) for name in ("erin", "bob", "alice", "nobody1")]
        assert all(each == answers[0] for each in answers)
    assert [to for to, _, _ in post.outgoing()] == [HOME, "bob@elsewhere.test"]


def test_reset_when_done_then_only_the_new_password_opens(office, people, post):
    office.do("account external", login="bob", address=HOME)
    office.do("account recover", login="bob")
    assert office.do("account reset", token=post.code(HOME), password="a new one") == {"login": "bob@example.test"}
    assert _login(office, "bob", "a new one")
    with pytest.raises(Unknown):
        _login(office, "bob", "demo-bob-pass")


def test_delete_when_done_then_closed_until_the_days_are_over(office, people, estate):
    """S24: nothing is served, with no credential whatever; and everything comes back."""
    app = credentials.make()
    with estate.store.read() as tx:
        bob = accounts.find(tx, "bob").id
    estate.store.write(lambda tx: credentials.add_app(tx, bob, app, label="", services=()))
    done = office.do("account delete", login="bob")
    assert done == {"login": "bob@example.test", "erased": False, "until": "2027-01-29T08:00:00Z"}
    for password in ("demo-bob-pass", app.text):
        with pytest.raises(Denied, match="closed"):
            _login(office, "bob", password)
    assert office.do("account delete", login="bob")["until"] == done["until"]
    assert office.do("account show", login="bob")["erased_at"] == done["until"]
    assert office.do("account restore", login="bob") == {"login": "bob@example.test", "state": "active"}
    for password in ("demo-bob-pass", app.text):
        assert _login(office, "bob", password)
    assert office.do("group show", name="team")["members"][1]["login"] == "bob@example.test"


def test_delete_when_at_once_then_gone(office, people):
    done = office.do("account delete", login="bob", now=True)
    assert done == {"login": "bob@example.test", "erased": True, "until": None}
    for verb in ("account show", "account restore"):
        with pytest.raises(Missing):
            office.do(verb, login="bob")


def test_delete_when_there_are_no_days_to_undo_it_then_gone_at_once(office, people, estate):
    """S24: the setting may be 0."""
    settled = type(office)(estate, life=Accounts(undo_days=0, address_rest_days=0))
    assert settled.do("account delete", login="bob")["erased"] is True
    assert settled.do("account add", login="bob", password="x")["login"] == "bob@example.test"


def test_delete_when_it_is_a_sign_up_then_it_is_given_up(office, people):
    _sign_up(office)
    assert office.do("account delete", login="erin")["erased"] is True
    assert _sign_up(office)["state"] == "pending"


@pytest.mark.parametrize("more", [{}, {"now": True}])
def test_delete_when_he_administers_others_then_denied(office, people, more):
    """S4, R58."""
    with pytest.raises(Denied, match="team"):
        office.do("account delete", login="alice", **more)
    assert _login(office, "alice", "demo-alice-pass")


@pytest.mark.parametrize(
    ("verb", "args"),
    [
        ("account sign-up", {"address": HOME, "login": "erin"}),
        ("account sign-up", {"address": HOME, "password": "x"}),
        ("account sign-up", {"login": "erin", "password": "x"}),
        ("account confirm", {}),
        ("account confirm", {"token": ["x"]}),
        ("account reset", {"token": "x"}),
        ("account resend", {}),
        ("account recover", {"login": 7}),
        ("account external", {"login": "bob", "address": "bob"}),
        ("account delete", {}),
    ],
)
def test_verbs_when_an_argument_is_missing_or_odd_then_malformed(office, people, verb, args):
    with pytest.raises(Malformed):
        office.do(verb, **args)


def test_groups_when_an_account_is_not_confirmed_or_closed_then_it_gains_nothing_there_and_can_still_go(office, people):
    """R21, S24: a stranger's sign-up is let into no group, and nobody who is going is made to answer for one."""
    _sign_up(office)
    office.do("account delete", login="carol")
    with pytest.raises(Denied, match="not confirmed"):
        office.do("group member add", name="team", login="erin")
    for login, words in (("erin", "not confirmed"), ("carol", "closed")):
        with pytest.raises(Denied, match=words):
            office.do("group add", name="choir", admin=login)
        with pytest.raises(Denied, match=words):
            office.do("group hand-over", name="team", login=login)
    assert office.do("group member remove", name="team", login="carol")["login"] == "carol@example.test"
