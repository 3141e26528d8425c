"""Names and addresses that are none, or look like another's, given to every verb: a clear error, nothing half-done.

Each verb stands in the table with the words that would do, and which of them are names of what kind; a new
verb has to be entered, and a verb without names is listed as such.
"""

import contextlib
import sqlite3

import pytest

from coserver.model.errors import Denied, Exists, HouseError, Malformed, Missing
from coserver.operator.desk import VERBS

ANYWHERE = (  # no name of anything
    " ", ".", "..", "../alice", "a/b", "/", "a\\b", "a\x00b", "a\nb", "a\x1bb", "\x7f", "\u202ealice", "al\u200dice",
    "al\u200bice", "\ufeffalice", "\ud800", "a b", "<b>", "'; --", "%2e%2e", "-rf", "\U0001f642", "x" * 5000,
)  # fmt: skip
ALIKE = ("\u0430lice", "alic\u0435", "te\u0430m", "te\uff41m\u0430")  # Cyrillic a and e
TAKEN = ("alice", "ALICE", "\uff21lice", "\uff41\uff4c\uff49\uff43\uff45", "\u24d0lice", "alice@EXAMPLE.test")
RESERVED = ("postmaster", "root", "Admin", "\uff52oot", "mailer-daemon", "all")
NO_ADDRESS = (
    " ", "alice", "@", "alice@", "@example.test", "a@b@c", "a b@elsewhere.test", "a\nb@elsewhere.test",
    "a\x00b@elsewhere.test", "\u202ea@elsewhere.test", "a\u200db@elsewhere.test", "\ud800@elsewhere.test",
    "a..b@elsewhere.test", ".a@elsewhere.test", "<a@elsewhere.test>", "a@..", "a@else/where.test", "a@-x.test",
    "a@else\x00where.test", "x" * 65 + "@elsewhere.test", "x" * 5000 + "@elsewhere.test", "a@" + "x" * 5000,
)  # fmt: skip
NO_GIVEN = tuple(each for each in NO_ADDRESS if each.strip() and each != "alice")  # a bare name is of our domain
NO_TEXT = ("a\nb", "a\x00b", "a\x1bb", "\u202ea", "\ud800", "x" * 5000)

LOGIN = (*ANYWHERE, *ALIKE, "nobody", "alice@elsewhere.test", "a@b@example.test")
NEW_LOGIN = (*ANYWHERE, *ALIKE, *TAKEN, *RESERVED, "a@b@example.test", "a@elsewhere.test", "x" * 65)
GROUP = (*ANYWHERE, *ALIKE, "TEAM", "\uff54eam", "alice")
NEW_GROUP = (*ANYWHERE, *ALIKE, "team", "Choir", "\uff43hoir", "ch\u043eir", "a..b", "x" * 65)
ORGANISATION = (*ANYWHERE, *ALIKE, "CLUB", "\uff43lub", "team")
NEW_ORGANISATION = (*ANYWHERE, *ALIKE, "club", "Firm", "\uff46irm", "f\u0456rm", "a..b", "x" * 65)
HOST = (*ANYWHERE, "a@b", "elsewhere.test", "x" * 64 + ".test")
NEW_HOST = (  # what is mapped to other letters is kept and shown as such (RFC 3490 4): others look alike to nobody
    *(each for each in ANYWHERE if each not in ("al\u200dice", "al\u200bice", "\ufeffalice", "\U0001f642")),
    "example.test", "EXAMPLE.test", "\uff45xample.test", "exam\u200dple.test", "a@b", "a..b", "x" * 64 + ".test",
)  # fmt: skip
ASKER = tuple(each for each in LOGIN if each.strip())  # one who may be left out
PATH = (*ANYWHERE, "Groups/none/x", "Shared/nobody/x", "Groups/te\u0430m/x")
PLAN = (*ANYWHERE, *ALIKE, "DEMO", "d\u0435mo")
TOKEN = (*ANYWHERE, *ALIKE, "0" * 64)
WORD = (*ANYWHERE, *ALIKE)

SECRET = {"password": "four plain words here"}
TABLE = {
    "init": ({"domain": "another.test"}, {"domain": tuple(each for each in NEW_HOST if "xam" not in each.lower())}),
    "domain add": ({"name": "other.test", "postmaster": "alice"}, {"name": NEW_HOST, "postmaster": LOGIN}),
    "domain remove": ({"name": "old.test"}, {"name": HOST}),
    "domain restore": ({"name": "old.test"}, {"name": HOST}),
    "domain records": ({"name": "example.test"}, {"name": HOST}),
    "domain compare": ({"name": "example.test"}, {"name": HOST}),
    "domain rotate": ({"name": "example.test"}, {"name": HOST}),
    "address add": (
        {"address": "sales@example.test", "login": "bob"},
        {"address": (*NO_ADDRESS, "alice@example.test"), "login": LOGIN, "by": ASKER},
    ),
    "address remove": ({"address": "sales@example.test"}, {"address": NO_ADDRESS, "by": ASKER}),
    "address list": ({"login": "bob"}, {"login": ASKER}),
    "address catch-all": (
        {"domain": "example.test", "login": "bob"},
        {"domain": HOST, "login": LOGIN, "by": ASKER},
    ),
    "account add": (
        {"login": "erin", **SECRET},
        {"login": NEW_LOGIN, "name": NO_TEXT, "external": NO_ADDRESS, "plan": PLAN},
    ),
    "account show": ({"login": "bob"}, {"login": LOGIN}),
    "account passwd": ({"login": "bob", **SECRET}, {"login": LOGIN}),
    "account app-password": (
        {"login": "bob", "services": "imap", "label": "x"},
        {"login": LOGIN, "services": WORD, "label": NO_TEXT},
    ),
    "account revoke": ({"login": "bob", "id": 1}, {"login": LOGIN}),
    "account suspend": ({"login": "bob"}, {"login": LOGIN}),
    "account resume": ({"login": "bob"}, {"login": LOGIN}),
    "account forget-second-factor": ({"login": "bob"}, {"login": LOGIN}),
    "account sign-up": (
        {"login": "erin.two", "address": "erin@elsewhere.test", **SECRET},
        {"login": NEW_LOGIN, "address": NO_ADDRESS, "name": NO_TEXT, "plan": PLAN},
    ),
    "account confirm": ({"token": "0" * 64}, {"token": TOKEN}),
    "account start-over": ({"login": "erin"}, {"login": LOGIN}),
    "account reset": ({"token": "0" * 64, **SECRET}, {"token": TOKEN}),
    "account external": ({"login": "bob", "address": "bob@elsewhere.test"}, {"login": LOGIN, "address": NO_ADDRESS}),
    "account delete": ({"login": "bob"}, {"login": LOGIN}),
    "account restore": ({"login": "bob"}, {"login": LOGIN}),
    "account plan": (
        {"login": "bob", "plan": "demo", "until": "2030-01-01", "next": "small"},
        {"login": LOGIN, "plan": PLAN, "until": WORD, "next": PLAN},
    ),
    "account override": (
        {"login": "bob", "key": "mail_bytes", "value": "5"},
        {"login": LOGIN, "key": WORD, "value": WORD},
    ),
    "account profile": (
        {"login": "bob", "address": "bob@example.test", "group": "team"},
        {
            "login": LOGIN, "group": GROUP, "first": NO_TEXT, "last": NO_TEXT, "organisation": NO_TEXT,
            "address": (*(each for each in NO_ADDRESS if each != " "), "alice@example.test"), "private": ALIKE,
            "picture": (*ALIKE, "\ud800"),
        },
    ),
    "group add": ({"name": "choir", "admin": "alice"}, {"name": NEW_GROUP, "admin": LOGIN}),
    "group show": ({"name": "team"}, {"name": GROUP}),
    "group role": (
        {"name": "team", "login": "bob", "role": "member"},
        {"name": GROUP, "login": LOGIN, "role": WORD},
    ),
    "group rights": (
        {"name": "team", "login": "bob", "tool": "mail", "preset": "edit"},
        {"name": GROUP, "login": LOGIN, "tool": WORD, "preset": WORD},
    ),
    "group delete": ({"name": "team"}, {"name": GROUP}),
    "group restore": ({"name": "team"}, {"name": GROUP}),
    "group invite": (
        {"name": "team", "address": "erin@elsewhere.test"},
        {"name": GROUP, "address": (*NO_ADDRESS, "nobody@example.test", "\u0430lice@example.test")},
    ),
    "group uninvite": ({"name": "team", "address": "dave@example.test"}, {"name": GROUP, "address": NO_ADDRESS}),
    "group invitations": ({"name": "team"}, {"name": GROUP}),
    "group accept": ({"token": "0" * 64}, {"token": TOKEN}),
    "group decline": ({"token": "0" * 64}, {"token": TOKEN}),
    "group proposals": ({"name": "team"}, {"name": GROUP}),
    "group address": (
        {"name": "team", "address": "everybody@example.test"},
        {"name": GROUP, "address": (*NO_GIVEN, "alice@example.test", "a@elsewhere.test"), "by": ASKER},
    ),
    "group posting": ({"name": "team", "posting": "anyone"}, {"name": GROUP, "posting": WORD, "by": ASKER}),
    "group copies": (
        {"name": "team", "login": "bob", "wanted": "off"},
        {"name": GROUP, "login": LOGIN, "wanted": WORD, "by": ASKER},
    ),
    "group held": ({"name": "team"}, {"name": GROUP, "by": ASKER}),
    "group release": ({"name": "team", "number": 1}, {"name": GROUP, "by": ASKER}),
    "group discard": ({"name": "team", "number": 1}, {"name": GROUP, "by": ASKER}),
    "group writable": (
        {"login": "alice", "names": ["team"]},
        {"login": LOGIN, "names": tuple([each] for each in GROUP)},
    ),
    **{
        f"group {deed}": ({"name": "team", "login": login}, {"name": GROUP, "login": LOGIN})
        for deed, login in (
            ("member add", "dave"), ("member remove", "dave"), ("leave", "carol"), ("hand-over", "alice"),
            ("propose", "bob"), ("take-over", "carol"), ("refuse", "carol"),
        )
    },
    **{
        f"share {deed}": (
            {"path": "mail:INBOX", "owner": "alice", "group": "team", "to": "bob", "preset": "read"},
            {"path": PATH, "owner": LOGIN, "group": GROUP, "to": ASKER},
        )
        for deed in ("add", "remove")
    },
    "org add": ({"org": "firm", "owner": "dave"}, {"org": NEW_ORGANISATION, "owner": LOGIN, "by": ASKER}),
    "org list": ({}, {"by": ASKER}),
    "org show": ({"org": "club"}, {"org": ORGANISATION, "by": ASKER}),
    "org remove": ({"org": "empty"}, {"org": ORGANISATION, "by": ASKER}),
    "org owner": ({"org": "club", "login": "alice"}, {"org": ORGANISATION, "login": LOGIN, "by": ASKER}),
    "org user add": (
        {"org": "club", "login": "counter", **SECRET},
        {"org": ORGANISATION, "login": NEW_LOGIN, "name": NO_TEXT, "plan": PLAN, "by": ASKER},
    ),
    "org user list": ({"org": "club"}, {"org": ORGANISATION, "by": ASKER}),
    "org user passwd": (
        {"org": "club", "login": "desk", **SECRET},
        {"org": ORGANISATION, "login": (*LOGIN, "dave"), "by": ASKER},
    ),
    "org user plan": (
        {"org": "club", "login": "desk", "plan": "big"},
        {"org": ORGANISATION, "login": (*LOGIN, "dave"), "plan": PLAN, "by": ASKER},
    ),
    **{
        f"org {deed}": ({"org": "club", "login": login}, {"org": ORGANISATION, "login": (*LOGIN, wrong), "by": ASKER})
        for deed, login, wrong in (
            ("user suspend", "desk", "dave"), ("user resume", "desk", "dave"), ("user delete", "desk", "dave"),
            ("user restore", "desk", "dave"), ("invite", "carol", "desk"), ("release", "desk", "dave"),
            ("withdraw", "dave", "desk"),
        )
    },
    "org group add": (
        {"org": "club", "group": "team", "login": "desk"},
        {"org": ORGANISATION, "group": GROUP, "login": (*LOGIN, "dave"), "by": ASKER},
    ),
    "org group reassign": (
        {"org": "club", "group": "crew", "login": "alice"},
        {"org": ORGANISATION, "group": (*GROUP, "team"), "login": (*LOGIN, "dave"), "by": ASKER},
    ),
    "org leave": ({"login": "desk"}, {"login": (*LOGIN, "dave")}),
    "org accept": ({"token": "0" * 64}, {"token": TOKEN}),
    "org decline": ({"token": "0" * 64}, {"token": TOKEN}),
    "org domain add": (
        {"org": "club", "domain": "corp.test"}, {"org": ORGANISATION, "domain": (*NEW_HOST, "test"), "by": ASKER},
    ),
    "org domain list": ({"org": "club"}, {"org": ORGANISATION, "by": ASKER}),
    **{
        f"org domain {deed}": (
            {"org": "club", "domain": "corp.test"}, {"org": ORGANISATION, "domain": HOST, "by": ASKER},
        )
        for deed in ("withdraw", "check", "records", "compare", "rotate", "restore", "remove")
    },
    "share list": ({"login": "alice"}, {"login": LOGIN}),
    "item private": ({"path": "papers/one", "owner": "alice"}, {"path": PATH, "owner": LOGIN}),
    "item public": ({"path": "papers/one", "owner": "alice"}, {"path": PATH, "owner": LOGIN}),
    "rights why": ({"login": "bob", "path": "/"}, {"login": LOGIN}),  # a path that leads nowhere is explained
    "log": ({"space": "team", "limit": 5}, {"space": tuple(set(LOGIN) & set(GROUP)), "since": WORD}),
}  # fmt: skip
WITHOUT_NAMES = {
    "outbox list",
    "outbox try",
    "outbox give-up",
    "throttle list",
    "throttle lift",
    "domain list",
    "account list",
    "group list",
    "plan list",
    "doctor",
}
WAITING = {  # for a letter, an answer or an earlier deed, which the table does without
    "account confirm", "account revoke", "account start-over", "account reset", "account restore", "group restore",
    "domain restore", "group uninvite", "group accept", "group decline", "group take-over", "group refuse",
    "group release", "group discard", "item private", "item public", "org user restore", "org withdraw",
    "org accept", "org decline", "org domain check", "org domain records", "org domain compare", "org domain rotate",
    "org domain restore", "org domain remove",
}  # fmt: skip
ELSEWHERE = {
    "plan load": "a file with a grammar of its own: tests/quota/test_plans.py",
    "org user add-many": "refuses by row: tests/accounts/test_managing.py",
    "account add-many": "refuses by row what `account add` refuses: tests/accounts/test_many.py",
    "account recover": "answers everybody alike: tests/accounts/test_recovery.py",
    "account resend": "answers everybody alike: tests/accounts/test_signup.py",
}


@pytest.fixture
def whole(office, people):
    """Something of everything, and a way to see all that is kept."""
    office.do("domain add", name="old.test")
    for name in ("club", "empty"):
        office.do("org add", org=name, owner="alice")
    office.do("org user add", org="club", login="desk", password="demo-desk-pass")
    office.do("group add", name="crew", admin="desk")
    office.do("group member add", name="crew", login="alice")
    with contextlib.closing(sqlite3.connect(f"file:{office.house.store.folder}/coserver.db?mode=ro", uri=True)) as base:
        seen = {}

        def kept():
            (version,) = base.execute("PRAGMA data_version").fetchone()  # another one after each commit elsewhere
            if version not in seen:
                seen[version] = hash("".join(base.iterdump()))
            return seen[version]

        yield kept


def test_verbs_when_there_is_one_more_then_it_has_an_entry_here():
    assert {*TABLE, *WITHOUT_NAMES, *ELSEWHERE} == set(VERBS), "say in TABLE which of its words are names, and of what"
    assert not TABLE.keys() & (WITHOUT_NAMES | ELSEWHERE.keys())


def test_verbs_when_given_names_that_are_none_then_refused_in_one_line_and_nothing_is_written(office, whole):
    """S26: slashes, control characters, overrides of direction, look-alikes and reserved names."""
    wrong = []
    for verb, (right, names) in TABLE.items():
        for word, values in names.items():
            for value in values:
                before = whole()
                answer = outcome(office, verb, right | {word: value})
                if answer or whole() != before:
                    wrong.append(f"{verb} {word}={value!r:.60}: {answer or 'refused, but something was written'}")
    assert not wrong, "\n".join(wrong)


def outcome(office, verb, args):
    """What is wrong with the answer; nothing if it was a clear refusal."""
    try:
        answer = office.do(verb, **args)
    except (Malformed, Missing, Denied, Exists) as error:
        return "" if error.text.isprintable() and 10 < len(error.text) < 600 else f"unclear: {error.text!r:.100}"
    except (HouseError, Exception) as error:
        return f"{type(error).__name__}: {error!s:.200}"
    return f"done: {answer!r:.100}"


def test_verbs_when_given_the_right_words_of_the_table_then_done_or_refused_for_another_reason(office, whole):
    """Else the table would show nothing: a word that is wrong is refused for its own sake."""
    for verb in sorted(TABLE, key=lambda each: ("delete" in each, "remove" in each)):
        answer = outcome(office, verb, TABLE[verb][0])
        assert answer.startswith("done") == (verb not in WAITING), (verb, answer)
