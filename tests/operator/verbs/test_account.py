"""The operator's verbs about accounts."""

import pytest

from coserver.accounts import accounts
from coserver.auth import second, totp
from coserver.auth.login import Login
from coserver.model.errors import Denied, Exists, Malformed, Missing, Unknown
from coserver.model.plan import Feature


def _login(estate, office, name, password, service=Feature.IMAP):
    return Login(estate.store, office.house.hasher).check(name, password, service=service, peer="127.0.0.1")


def test_add_when_done_then_one_can_log_in(estate, office):
    assert office.do("account add", login="alice", password=" spaces count ") == {
        "login": "alice@example.test",
        "plan": "demo",
    }
    assert _login(estate, office, "alice", " spaces count ").login == "alice@example.test"


def test_add_when_refused_then_before_any_hashing_and_in_words_that_help(office, strict, monkeypatch):
    office.do("account add", login="bob", password="x", plan="small")
    with pytest.raises(Exists):
        office.do("account add", login="bob", password="x")
    with pytest.raises(Malformed, match="password is missing"):
        office.do("account add", login="carol")
    with pytest.raises(Malformed, match="login is missing"):
        office.do("account add", password="x")
    with pytest.raises(Malformed, match="'dave'"):
        strict.do("account add", login="dave", password="dave and his dog")
    with pytest.raises(Malformed, match="'roe'"):
        strict.do("account add", login="dave", name="Jo Roe", password="roe is too short")
    assert strict.do("account add", login="dave", password="three unrelated words")["plan"] == "demo"


def test_add_when_a_hash_of_another_system_is_given_then_its_password_opens(estate, office):
    foreign = office.house.hasher.hash("from elsewhere")
    office.do("account add", login="alice", verifier="{ARGON2ID}" + foreign)
    assert _login(estate, office, "alice", "from elsewhere").login == "alice@example.test"
    with pytest.raises(Malformed):
        office.do("account add", login="bob", verifier="{PLAIN}x")


def test_add_many_when_given_rows_then_tells_what_became_of_each(office):
    rows = [{"login": "alice", "password": "x", "groups": ["team"]}, {"login": "root", "password": "x"}]
    first, second = office.do("account add-many", rows=rows)
    assert first == {"login": "alice@example.test", "added": True, "text": ""}
    assert (second["login"], second["added"]) == ("root", False)
    assert "reserved" in second["text"]


def test_list_and_show_when_asked_then_usage_of_each_tool_and_what_belongs_to_it(office, people):
    listed = office.do("account list")
    assert [each["login"] for each in listed] == [f"{name}@example.test" for name in people]
    assert listed[0]["usage"]["mail"] == {"bytes": 0, "bytes_limit": 10**9, "items": 0, "items_limit": 10**6}
    assert (listed[0]["state"], listed[0]["last_login"]) == ("active", None)
    assert listed[0]["created"] == "2027-01-15T08:00:00Z"
    shown = office.do("account show", login="ALICE")
    assert shown["groups"] == [{"name": "team", "administrator": True}]
    assert "postmaster@example.test" in shown["addresses"]
    assert set(shown["features"]) == set(Feature)
    assert shown["app_passwords"] == []
    assert set(listed[0]) < set(shown)


def test_passwd_when_done_then_only_the_new_one_opens(estate, office, strict, people):
    """R43, R44."""
    office.do("account passwd", login="bob", password="quite another one")
    assert _login(estate, office, "bob", "quite another one").epoch == 2
    with pytest.raises(Unknown):
        _login(estate, office, "bob", "demo-bob-pass")
    with pytest.raises(Malformed):
        strict.do("account passwd", login="bob", password="bob bob bob")
    with pytest.raises(Missing):
        office.do("account passwd", login="nobody", password="x")


def test_app_password_when_made_then_shown_once_and_revoked_by_its_id(estate, office, people):
    made = office.do("account app-password", login="bob", services="imap,smtp", label="phone")
    assert made["services"] == ["imap", "smtp"]
    assert _login(estate, office, "bob", made["password"]).login == "bob@example.test"
    (kept,) = office.do("account show", login="bob")["app_passwords"]
    assert (kept["id"], kept["label"], kept["services"]) == (made["id"], "phone", ["imap", "smtp"])
    assert made["password"] not in str(kept)
    office.do("account revoke", login="bob", id=made["id"])
    with pytest.raises(Unknown):
        _login(estate, office, "bob", made["password"])
    with pytest.raises(Missing):
        office.do("account revoke", login="bob", id=made["id"])
    with pytest.raises(Malformed, match="choose of imap"):
        office.do("account app-password", login="bob", services="pop3")


def test_suspend_and_resume_when_done_then_the_login_is_refused_and_let_in_again(estate, office, people):
    assert office.do("account suspend", login="bob") == {"login": "bob@example.test"}
    with pytest.raises(Denied):
        _login(estate, office, "bob", "demo-bob-pass")
    office.do("account resume", login="bob")
    assert _login(estate, office, "bob", "demo-bob-pass")


def test_forget_second_factor_when_the_device_is_lost_then_the_password_opens_again(estate, office, people):
    with estate.store.read() as tx:
        bob = accounts.find(tx, "bob").id
    secret = estate.store.write(lambda tx: second.begin(tx, bob))
    now = totp.code(secret, int(estate.clock.now() * 1000))
    estate.store.write(lambda tx: second.turn_on(tx, bob, now))
    assert office.do("account show", login="bob")["second_factor"] is True
    with pytest.raises(Denied, match="app password"):
        _login(estate, office, "bob", "demo-bob-pass")
    assert office.do("account forget-second-factor", login="bob") == {"login": "bob@example.test"}
    assert office.do("account show", login="bob")["second_factor"] is False
    assert _login(estate, office, "bob", "demo-bob-pass")
    assert [each["did"] for each in office.do("log", space="bob", limit=100)][-2:] == [
        "second factor turned on",
        "second factor turned off",
    ]


def test_plan_when_changed_then_the_limits_are_new_at_once(office, people):
    """R31: a larger plan counts at once."""
    assert office.do("account plan", login="bob", plan="big")["plan"] == "big"
    assert office.do("account show", login="bob")["usage"]["mail"]["bytes_limit"] == 10**12


def test_show_when_the_password_is_a_year_old_then_says_that_it_ought_to_be_renewed(estate, office, people):
    """R46: shown and advised, never forced."""
    shown = office.do("account show", login="bob")
    assert (shown["password_set"], shown["password_old"]) == ("2027-01-15T08:00:00Z", False)
    estate.clock.seconds += 365 * 86_400 - 1
    assert office.do("account show", login="bob")["password_old"] is False
    estate.clock.seconds += 1
    assert office.do("account show", login="bob")["password_old"] is True
    assert _login(estate, office, "bob", "demo-bob-pass")
    office.do("account passwd", login="bob", password="quite another one")
    assert office.do("account show", login="bob")["password_old"] is False
