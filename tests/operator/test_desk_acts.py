"""What each verb leaves in a journal: an act, or nothing for a reason."""

import pytest
from sqlalchemy import func, select

from coserver.model.act import ActKind
from coserver.operator.desk import VERBS
from coserver.store.schema.store import act

ELSEWHERE = "erin@elsewhere.test"
NEW = {"login": "erin", "password": "four plain words here"}
DEEDS = (  # verb, its words (a code is that in the latest letter to this address), the act it leaves
    ("account add", NEW, ActKind.MADE),
    ("account delete", {"login": "erin"}, ActKind.CLOSED),
    ("account restore", {"login": "erin"}, ActKind.RESTORED),
    ("account suspend", {"login": "erin"}, ActKind.SUSPENDED),
    ("account resume", {"login": "erin"}, ActKind.RESUMED),
    ("account passwd", NEW, ActKind.PASSWORD),
    ("account app-password", {"login": "erin", "services": "imap"}, ActKind.APP_PASSWORD),
    ("account external", {"login": "erin", "address": ELSEWHERE}, ActKind.EXTERNAL),
    ("account recover", {"login": "erin"}, ActKind.RECOVERY),
    ("account reset", {"token": ELSEWHERE, "password": "four other words here"}, ActKind.PASSWORD),
    ("account plan", {"login": "erin", "plan": "big"}, ActKind.PLAN),
    ("account override", {"login": "erin", "key": "imap", "value": "no"}, ActKind.PLAN),
    ("account profile", {"login": "erin", "first": "Erin"}, ActKind.PROFILE),
    ("account profile", {"login": "erin", "private": "nothing"}, ActKind.PROFILE),
    ("account sign-up", {**NEW, "login": "erin.two", "address": ELSEWHERE}, ActKind.MADE),
    ("account confirm", {"token": ELSEWHERE}, ActKind.CONFIRMED),
    ("account add-many", {"rows": [{"login": "erin.three", "password": "x"}]}, ActKind.MADE),
    ("group add", {"name": "choir", "admin": "alice"}, ActKind.FOUNDED),
    ("group member add", {"name": "choir", "login": "bob"}, ActKind.JOINED),
    ("group role", {"name": "choir", "login": "bob", "role": "coadministrator"}, ActKind.ROLE),
    ("group rights", {"name": "choir", "login": "bob", "tool": "mail", "preset": "edit"}, ActKind.GIVEN),
    ("group propose", {"name": "choir", "login": "bob"}, ActKind.PROPOSED),
    ("group refuse", {"name": "choir", "login": "bob"}, ActKind.TURNED_DOWN),
    ("group hand-over", {"name": "choir", "login": "bob"}, ActKind.HANDED_OVER),
    ("group propose", {"name": "choir", "login": "alice"}, ActKind.PROPOSED),
    ("group take-over", {"name": "choir", "login": "alice"}, ActKind.HANDED_OVER),
    ("group writable", {"login": "alice", "names": ["choir"]}, ActKind.WRITABLE),
    ("group invite", {"name": "choir", "address": ELSEWHERE}, ActKind.INVITED),
    ("group uninvite", {"name": "choir", "address": ELSEWHERE}, ActKind.UNINVITED),
    ("account external", {"login": "erin.two"}, ActKind.EXTERNAL),
    ("group invite", {"name": "choir", "address": ELSEWHERE}, ActKind.INVITED),
    ("group decline", {"token": ELSEWHERE}, ActKind.DECLINED),
    ("group invite", {"name": "choir", "address": ELSEWHERE}, ActKind.INVITED),
    ("group accept", {"token": ELSEWHERE}, ActKind.JOINED),
    ("account profile", {"login": "bob", "address": "bob@example.test", "group": "team"}, ActKind.PROFILE),
    ("share add", {"path": "mail:INBOX", "owner": "bob", "group": "team", "preset": "read"}, ActKind.SHARED),
    ("share remove", {"path": "mail:INBOX", "owner": "bob", "group": "team"}, ActKind.UNSHARED),
    ("item private", {"path": "mail:INBOX;UID=1", "owner": "alice"}, ActKind.WITHHELD),
    ("item public", {"path": "mail:INBOX;UID=1", "owner": "alice"}, ActKind.OPENED),
    ("address add", {"address": "sales@example.test", "login": "bob"}, ActKind.ADDRESSED),
    ("address remove", {"address": "sales@example.test"}, ActKind.UNADDRESSED),
    ("address catch-all", {"domain": "example.test", "login": "bob"}, ActKind.ADDRESSED),
    ("group address", {"name": "choir"}, ActKind.ADDRESSED),
    ("group posting", {"name": "choir", "posting": "anyone"}, ActKind.POSTING),
    ("group copies", {"name": "choir", "login": "bob", "wanted": "off"}, ActKind.COPIES),
    ("org add", {"org": "club", "owner": "alice"}, ActKind.OWNER),
    (
        "org user add",
        {"org": "club", "login": "desk", "password": "four plain words here"},
        ActKind.ENTERED_ORGANISATION,
    ),
    ("org user add-many", {"org": "club", "rows": [{"login": "counter", "password": "x"}]}, ActKind.MADE),
    ("org user suspend", {"org": "club", "login": "desk"}, ActKind.SUSPENDED),
    ("org user resume", {"org": "club", "login": "desk"}, ActKind.RESUMED),
    ("org user passwd", {"org": "club", "login": "desk", "password": "four plain words here"}, ActKind.PASSWORD),
    ("org user plan", {"org": "club", "login": "desk", "plan": "big"}, ActKind.PLAN),
    ("org user delete", {"org": "club", "login": "desk"}, ActKind.CLOSED),
    ("org user restore", {"org": "club", "login": "desk"}, ActKind.RESTORED),
    ("org group add", {"org": "club", "group": "choir", "login": "desk"}, ActKind.JOINED),
    ("group hand-over", {"name": "choir", "login": "desk"}, ActKind.HANDED_OVER),
    ("org group reassign", {"org": "club", "group": "choir", "login": "alice"}, ActKind.HANDED_OVER),
    ("group leave", {"name": "choir", "login": "desk"}, ActKind.LEFT),
    ("org invite", {"org": "club", "login": "bob"}, ActKind.ASKED),
    ("org withdraw", {"org": "club", "login": "bob"}, ActKind.NOT_ASKED),
    ("org release", {"org": "club", "login": "desk"}, ActKind.ASKED),
    ("org leave", {"login": "desk"}, ActKind.ASKED),
    ("org owner", {"org": "club", "login": "desk"}, ActKind.OWNER_NO_MORE),
    ("org add", {"org": "empty", "owner": "alice"}, ActKind.OWNER),
    ("org remove", {"org": "empty"}, ActKind.OWNER_NO_MORE),
    ("group leave", {"name": "choir", "login": "erin"}, ActKind.LEFT),
    ("group member remove", {"name": "choir", "login": "bob"}, ActKind.EXPELLED),
    ("group delete", {"name": "choir"}, ActKind.DELETED),
    ("group restore", {"name": "choir"}, ActKind.RESTORED),
)
APART = {  # acts that another test shows
    **dict.fromkeys(("org accept", "org decline"), "tests/accounts/test_transfers.py"),
    **dict.fromkeys((f"org domain {each}" for each in ("add", "withdraw", "check")), "tests/accounts/test_claiming.py"),
    **dict.fromkeys(
        (f"org domain {each}" for each in ("remove", "restore", "rotate")), "tests/accounts/test_claiming.py"
    ),
    "group release": "tests/mail/test_held.py",
    "group discard": "tests/mail/test_held.py",
    "account forget-second-factor": "tests/operator/verbs/test_account.py",
    "account revoke": "tests/store/test_journal_people.py",
}
SILENT = {
    **dict.fromkeys(("account list", "account show", "group list", "group show", "group invitations"), "reads"),
    **dict.fromkeys(("group proposals", "share list", "rights why", "log", "plan list", "address list"), "reads"),
    **dict.fromkeys(("org list", "org show", "org user list"), "reads"),
    **dict.fromkeys(("domain list", "domain records", "domain compare", "group held"), "reads"),
    **dict.fromkeys((f"org domain {each}" for each in ("list", "records", "compare")), "reads"),
    **dict.fromkeys(("domain add", "domain remove", "domain restore", "domain rotate"), "domains have no space"),
    **dict.fromkeys(("outbox list", "throttle list"), "reads"),
    **dict.fromkeys(("outbox try", "outbox give-up", "throttle lift"), "no space: what waits is between houses"),
    **dict.fromkeys(("init", "plan load", "doctor"), "the house as a whole; no space"),
    "account resend": "the account is nobody's yet",
    "account start-over": "the space goes, and its journal with it",
}


def test_verbs_when_there_is_one_more_then_it_is_told_here_what_act_it_leaves():
    told = [{verb for verb, _, _ in DEEDS}, APART.keys(), SILENT.keys()]
    assert set().union(*told) == set(VERBS)
    assert sum(map(len, told)) == len(VERBS)


@pytest.mark.usefixtures("people")
def test_verbs_when_done_then_each_leaves_its_act(estate, office, post):
    def acts():
        with estate.store.read() as tx:
            last = tx.execute(select(func.coalesce(func.max(act.c.id), 0))).scalar_one()
        return last

    for verb, words, kind in DEEDS:
        code = {"token": post.code(words["token"])} if "token" in words else {}
        before = acts()
        office.do(verb, **words | code)
        with estate.store.read() as tx:
            left = tx.execute(select(act.c.kind, act.c.way).where(act.c.id > before)).all()
        assert (kind, "command") in {tuple(row) for row in left}, (verb, words, left)
        assert not any(secret in str(left) for secret in ("four plain words", *code.values()))
