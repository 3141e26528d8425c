"""`coserver account` on a folder that nobody serves."""

import re
from pathlib import Path
from typing import Any

import pytest

from coserver.accounts import accounts
from coserver.clock import SystemClock
from coserver.mail import mailboxes, rows, sights
from coserver.mail.rows import EVERY, Column
from coserver.quota import plans
from coserver.store.engine import Store

PASSWORD = "four plain words here"


def test_add_makes_an_account_that_is_listed_and_shown(begun: Any) -> None:
    listed = begun("account", "list", "--json").json
    assert [one["login"] for one in listed] == ["alice@example.test", "bob@example.test"]
    assert begun("account", "show", "alice", "--json").json["login"] == "alice@example.test"
    assert "alice@example.test" in begun("account", "list").out
    assert "alice@example.test" in begun("account", "show", "alice@example.test").out


def test_add_of_a_plan_that_is_named_gives_that_plan(begun: Any) -> None:
    assert begun("account", "add", "carol", "--plan", "large", "--password-stdin", typed=PASSWORD).status == 0
    assert begun("account", "show", "carol", "--json").json["plan"] == "large"
    assert begun("account", "plan", "carol", "free").status == 0
    assert begun("account", "show", "carol", "--json").json["plan"] == "free"
    refused = begun("account", "add", "dave", "--plan", "none", "--password-stdin", typed=PASSWORD)
    assert (refused.status, "plan list" in refused.err) == (1, True)


def test_plan_that_is_too_small_for_what_is_held_says_what_cannot_be_added(begun: Any, tmp_path: Path) -> None:
    """S1."""
    begun("account", "sign-up", "bob@example.test", "--login", "carol", "--password-stdin", typed=PASSWORD)  # a letter
    text = plans.bundled().partition("[standard]")[0]
    text = text.replace("[free]", "[tiny]").replace("mail_bytes = 1_000_000_000", "mail_bytes = 100")
    (tmp_path / "tiny.toml").write_text(text)
    assert begun("plan", "load", str(tmp_path / "tiny.toml")).out == "tiny: version 1, new\n"
    done = begun("account", "plan", "bob", "tiny")
    assert (done.status, done.out) == (0, "")
    assert re.fullmatch(
        r"bob@example\.test holds .*kB and 1 items in mail, more than tiny allows \(100 B, .*\n", done.err
    )
    assert begun("account", "plan", "bob", "large").err == ""


def test_add_when_the_login_is_taken_is_refused(begun: Any) -> None:
    done = begun("account", "add", "alice", "--password-stdin", typed=PASSWORD)
    assert (done.status, "already" in done.err) == (1, True)


def test_add_without_a_terminal_or_a_password_is_wrong_usage(begun: Any) -> None:
    done = begun("account", "add", "carol")
    assert (done.status, "--password-stdin" in done.err) == (2, True)


@pytest.mark.parametrize("typed", ["", "Xy7-b", "alice-example"])
def test_passwd_holds_to_the_password_rules(begun: Any, typed: str) -> None:
    done = begun("account", "passwd", "alice", "--password-stdin", typed=typed)
    assert (done.status, done.err.count("\n")) == (1, 1)
    if typed:
        assert typed not in done.err


def test_suspend_and_resume_change_the_state(begun: Any) -> None:
    assert begun("account", "suspend", "bob").status == 0
    assert begun("account", "show", "bob", "--json").json["state"] == "suspended"
    assert begun("account", "resume", "bob").status == 0
    assert begun("account", "show", "bob", "--json").json["state"] == "active"


def test_delete_closes_the_account_and_restore_brings_it_back(begun: Any) -> None:
    """S24."""
    done = begun("account", "delete", "bob")
    assert (done.status, "bob@example.test is closed" in done.out, "account restore bob@example.test`" in done.out) == (
        0,
        True,
        True,
    )
    shown = begun("account", "show", "bob", "--json").json
    assert (shown["state"], shown["erased_at"] in done.out) == ("closed", True)
    assert begun("account", "restore", "bob").status == 0
    assert begun("account", "show", "bob", "--json").json["state"] == "active"
    assert begun("account", "restore", "bob").status == 1


def test_delete_now_takes_the_account_away_and_its_name_rests(begun: Any) -> None:
    """S25."""
    done = begun("account", "delete", "bob", "--now")
    assert (done.status, done.out) == (0, "")
    assert begun("account", "show", "bob").status == 1
    refused = begun("account", "add", "bob", "--password-stdin", typed=PASSWORD)
    assert (refused.status, "free after" in refused.err) == (1, True)


def _code(data: Path) -> str:
    """The code in the latest letter to alice."""
    store = Store.open(data, clock=SystemClock())
    try:
        with store.read() as tx:
            alice = accounts.find(tx, "alice").id
            _, blob = rows.rows(tx, sights.of(tx, alice, mailboxes.inbox(tx, alice)), EVERY, (Column.BLOB,))[-1]
            text = rows.bodies(tx, [blob])[blob].read().decode()
    finally:
        store.close()
    return re.search(r"^ {4}([0-9a-f]{64})\r\n", text, re.MULTILINE)[1]


def test_sign_up_confirm_recover_and_reset_lead_from_nothing_to_a_new_password(begun: Any, tmp_path: Path) -> None:
    """R20, R21."""
    asked = begun("account", "sign-up", "alice@example.test", "--login", "carol", "--password-stdin", typed=PASSWORD)
    assert (asked.status, asked.out) == (0, "")
    assert asked.err.startswith("A code is mailed to alice@example.test; carol@example.test can log in after:")
    shown = begun("account", "show", "carol", "--json").json
    assert (shown["state"], shown["plan"], shown["external"]) == ("pending", "free", "alice@example.test")
    assert shown["confirmation_sent"]
    confirmed = begun("account", "confirm", _code(tmp_path / "data"))
    assert (confirmed.status, confirmed.out) == (0, "carol@example.test\n")
    assert begun("account", "confirm", "x" * 64).status == 1
    said = {begun("account", "recover", name).out for name in ("carol", "bob", "nobody1")}
    assert len(said) == 1  # the same for everybody
    reset = begun("account", "reset", _code(tmp_path / "data"), "--password-stdin", typed="five plain words for carol2")
    assert reset.status == 1  # it holds the name
    reset = begun("account", "reset", _code(tmp_path / "data"), "--password-stdin", typed="five plain words for you")
    assert (reset.status, reset.out) == (0, "carol@example.test\n")


def test_resend_says_the_same_for_everybody_and_start_over_frees_the_name(begun: Any) -> None:
    """R22, R23."""
    asked = ("account", "sign-up", "alice@example.test", "--login", "carol", "--password-stdin")
    assert begun(*asked, typed=PASSWORD).status == 0
    assert begun("account", "resend", "carol").out == begun("account", "resend", "nobody1").out
    assert begun(*asked, typed=PASSWORD).status == 1
    assert begun("account", "start-over", "carol").status == 0
    assert begun("account", "start-over", "carol").status == 1
    assert begun(*asked, typed=PASSWORD).status == 0


def test_external_notes_an_address_and_takes_it_away(begun: Any) -> None:
    assert begun("account", "external", "bob", "Bob@Elsewhere.test").status == 0
    assert begun("account", "show", "bob", "--json").json["external"] == "Bob@elsewhere.test"
    assert begun("account", "external", "bob", "no address").status == 1
    assert begun("account", "external", "bob").status == 0
    assert begun("account", "show", "bob", "--json").json["external"] == ""


def test_app_password_is_printed_once_and_can_be_revoked(begun: Any) -> None:
    made = begun("account", "app-password", "alice", "--service", "imap, smtp", "--label", "telephone")
    assert (made.status, len(made.out.split())) == (0, 1)
    (shown,) = begun("account", "show", "alice", "--json").json["app_passwords"]
    assert (shown["label"], shown["services"]) == ("telephone", ["imap", "smtp"])
    assert made.out.strip() not in begun("account", "show", "alice", "--json").out
    assert begun("account", "show", "alice").out.partition("app passwords:\n")[2].startswith("number ")
    assert begun("account", "revoke", "alice", str(shown["id"])).status == 0
    assert begun("account", "show", "alice", "--json").json["app_passwords"] == []


def test_app_password_for_a_service_there_is_not_is_wrong_usage(begun: Any) -> None:
    assert begun("account", "app-password", "alice", "--service", "imap,gopher").status == 2


def test_add_from_a_file_makes_accounts_and_groups(begun: Any, tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    file.write_text(f"login,password,plan,group\ncarol,{PASSWORD},large,crew\ndave,{PASSWORD},,crew\n")
    done = begun("account", "add", "--from", str(file))
    assert (done.status, done.out, done.err) == (0, "", "2 accounts were added.\n")
    assert begun("account", "show", "carol", "--json").json["plan"] == "large"
    crew = begun("group", "show", "crew", "--json").json
    assert crew["administrator"] == "carol@example.test"
    assert {one["login"] for one in crew["members"]} == {"carol@example.test", "dave@example.test"}


def test_add_from_a_file_with_refused_lines_adds_the_others_and_says_which(begun: Any, tmp_path: Path) -> None:
    file = tmp_path / "many.csv"
    file.write_text(f"carol,{PASSWORD}\nother@elsewhere.test,{PASSWORD}\ndave,short\n")
    done = begun("account", "add", "--from", str(file))
    assert done.status == 1
    assert "other@elsewhere.test: " in done.err
    assert "2 of 3 accounts were not added" in done.err
    assert begun("account", "show", "carol").status == 0


@pytest.mark.parametrize("text", ["carol\n", "\xff\xfe"])
def test_add_from_a_file_that_is_none_is_refused_by_its_name(begun: Any, tmp_path: Path, text: str) -> None:
    file = tmp_path / "many.csv"
    file.write_bytes(text.encode("latin-1"))
    done = begun("account", "add", "--from", str(file))
    assert (done.status, str(file) in done.err) == (1, True)


def test_add_of_both_a_login_and_a_file_is_wrong_usage(begun: Any, tmp_path: Path) -> None:
    (tmp_path / "many.csv").touch()
    assert begun("account", "add", "carol", "--from", str(tmp_path / "many.csv")).status == 2


def test_profile_when_told_with_a_picture_then_shown(begun: Any, tmp_path: Path) -> None:
    """R52"""
    (tmp_path / "bob.png").write_bytes(b"GIF89a")
    refused = begun("account", "profile", "bob", "--picture", str(tmp_path / "bob.png"))
    assert refused.status != 0
    assert "JPEG or PNG" in refused.err
    done = begun("account", "profile", "bob", "--first", "Bob", "--organisation", "Example Ltd")
    assert "Example Ltd" in done.out
    assert begun("account", "show", "bob", "--json").json["profile_first"] == "Bob"
