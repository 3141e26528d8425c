"""SEARCH: what is found, and that every way to find it gives the same answer."""

import base64
import quopri
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coserver.mail import search
from coserver.mail.conditions import condition
from coserver.mail.faces import OWN
from coserver.model.item import Flag
from coserver.model.search import (
    All,
    And,
    Arrived,
    Flagged,
    Header,
    Keyword,
    Larger,
    Modified,
    Not,
    Numbers,
    Older,
    Or,
    Recent,
    Relation,
    Saved,
    Sent,
    Smaller,
    Text,
    Uids,
    Where,
    Younger,
)

DAY = 86_400_000
NOON = 1_709_294_400_000  # 1 March 2024, 12:00 UTC
HIDDEN = "so wunderschöne Grüße an alle Freunde " * 4

ALICE = b"""\
From: Alice Example <alice@example.test>\r
To: bob@example.test\r
Cc: =?utf-8?q?D=C3=A4ve?= <dave@example.test>\r
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= from =?iso-8859-1?q?K=F6ln?=\r
Date: Fri, 01 Mar 2024 23:30:00 -0800\r
Message-ID: <one@example.test>\r
X-Tag:\r
\r
Plain body with a needle.\r
"""
QUOTED = (
    b"From: carol@example.test\r\nSubject: quoted\r\nDate: Sat, 02 Mar 2024 00:10:00 +0100\r\n"
    b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    + quopri.encodestring(HIDDEN.encode("iso-8859-1")).replace(b"\n", b"\r\n")
)
BASE64 = (
    b"From: dave@example.test\r\nSubject: base64\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(b"x" * 100 + "Straße der Geheimnisse".encode())
    + b"--b\r\nContent-Type: application/pdf; name=geheim.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    + base64.encodebytes(b"attached needle")
    + b"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: =?utf-8?q?inn=C3=A9r?=\r\nTo: team@example.test\r\n\r\n"
    b"enclosed words\r\n--b--\r\n"
)
BARE = b"no header here, just words"


@pytest.fixture(scope="module")
def filled(kept_house):
    """INBOX of alice with uids 1 to 4: ALICE, QUOTED, BASE64, BARE."""
    house = kept_house
    house.append(
        house.accounts["alice"],
        house.new(ALICE, Flag.SEEN | Flag.FLAGGED, ["$Work"], stamp=NOON),
        house.new(QUOTED, Flag.SEEN, ["other"], stamp=NOON + DAY),
        house.new(BASE64, stamp=NOON + 2 * DAY - NOON % DAY),  # midnight
        house.new(BARE, Flag.DELETED, stamp=1_800_000_000_000 - 60_000),
    )
    return house


def found(house, account, key, mailbox: str = "INBOX") -> list[int]:
    with house.store.read() as tx:
        return [uid for slice_ in search.search(tx, house.sight(account, mailbox), key) for uid in slice_]


def on(day: int, relation: Relation = Relation.ON) -> Arrived:
    return Arrived(relation, date(2024, 3, day))


def sent(day: int, relation: Relation = Relation.ON) -> Sent:
    return Sent(relation, date(2024, 3, day))


EACH = [
    (All(), [1, 2, 3, 4]),
    (And(()), [1, 2, 3, 4]),
    (Flagged(Flag.SEEN), [1, 2]),
    (Flagged(Flag.SEEN, present=False), [3, 4]),
    (And((Flagged(Flag.SEEN), Not(Flagged(Flag.FLAGGED)))), [2]),
    (Or((Flagged(Flag.FLAGGED), Flagged(Flag.DELETED))), [1, 4]),
    (Keyword("$work"), [1]),
    (Keyword("work"), []),
    (Keyword("$WORK", present=False), [2, 3, 4]),
    (on(1), [1]),
    (on(2), [2]),
    (on(3), [3]),
    (on(3, Relation.BEFORE), [1, 2]),
    (on(3, Relation.SINCE), [3, 4]),
    (sent(1), [1]),
    (sent(2), [2]),
    (sent(2, Relation.BEFORE), [1]),
    (sent(1, Relation.SINCE), [1, 2]),
    (Not(sent(1, Relation.SINCE)), [3, 4]),
    (Larger(len(BARE)), [1, 2, 3]),
    (Smaller(len(BARE) + 1), [4]),
    (Larger(len(BASE64)), []),
    (Younger(60), [4]),
    (Younger(59), []),
    (Older(60), [1, 2, 3, 4]),
    (Older(61), [1, 2, 3]),
    (Modified(1), [1, 2, 3, 4]),
    (Modified(10**9), []),
    (Uids(((2, 3), (4, None))), [2, 3, 4]),
    (Uids(()), []),
    (Uids(tuple((uid, uid) for uid in range(3, 300, 2))), [3]),
    (Text(Where.FROM, "EXAMPLE.TEST"), [1, 2, 3]),
    (Text(Where.FROM, "bob"), []),
    (Text(Where.TO, "bob@"), [1]),
    (Text(Where.CC, "DÄVE"), [1]),
    (Text(Where.BCC, "a"), []),
    (Text(Where.SUBJECT, "grüsse from köln"), [1]),
    (Text(Where.SUBJECT, ""), [1, 2, 3, 4]),
    (Not(Text(Where.SUBJECT, "e")), [4]),
    (Header("Message-ID", "ONE@"), [1]),
    (Header("X-Tag", ""), [1]),
    (Header("X-Tag", "x"), []),
    (Header("Subject", ""), [1, 2, 3]),
    (Header("subject", "quot"), [2]),
    (Header("Date", "mar 2024"), [1, 2]),
    (Header("Größe", ""), []),
    (Text(Where.BODY, "needle"), [1]),
    (Text(Where.BODY, "Alice"), []),
    (Text(Where.TEXT, "alice"), [1]),
    (Text(Where.TEXT, "grüße FROM"), [1]),
    (Text(Where.BODY, "schöne grüsse an alle Freunde so wunderschöne"), [2]),
    (Text(Where.BODY, "straße der geheimnisse"), [3]),
    (Text(Where.BODY, "STRASSE"), [3]),
    (Text(Where.BODY, "innér"), [3]),
    (Text(Where.BODY, "enclosed"), [3]),
    (Text(Where.BODY, "geheim.pdf"), []),
    (Text(Where.TEXT, "geheim.pdf"), [3]),
    (Text(Where.TEXT, "just words"), [4]),
    (Text(Where.BODY, ""), [1, 2, 3, 4]),
    (Text(Where.BODY, "nowhere"), []),
    (And((Text(Where.BODY, "e"), Flagged(Flag.SEEN), Not(Text(Where.BODY, "needle")))), [2]),
    (Or((Text(Where.BODY, "needle"), Flagged(Flag.DELETED))), [1, 4]),
    (Not(Or((Text(Where.TEXT, "needle"), Keyword("other")))), [3, 4]),
]


@pytest.mark.parametrize(("key", "uids"), EACH, ids=str)
def test_search_when_a_key_is_given_then_finds_just_these(filled, key, uids: list[int]) -> None:
    assert found(filled, filled.accounts["alice"], key) == uids
    assert found(filled, filled.accounts["alice"], Not(key)) == [uid for uid in (1, 2, 3, 4) if uid not in uids]


@pytest.mark.parametrize("key", [Numbers(((1, 2),)), Saved(), Recent()])
def test_search_when_a_key_is_the_sessions_then_it_is_our_fault(filled, key) -> None:
    with pytest.raises(RuntimeError, match="session"):
        found(filled, filled.accounts["alice"], key)


KEYS = st.recursive(
    st.sampled_from([key for key, _ in EACH]),
    lambda inner: (
        inner.map(Not)
        | st.lists(inner, max_size=3).map(tuple).map(And)
        | st.lists(inner, min_size=1, max_size=3).map(tuple).map(Or)
    ),
    max_leaves=6,
)
SINGLE = {id(key): frozenset(uids) for key, uids in EACH}
ALL_UIDS = frozenset({1, 2, 3, 4})


def expected(key) -> frozenset[int]:
    """Set algebra over what each single key finds: the oracle."""
    if id(key) in SINGLE:
        return SINGLE[id(key)]
    if isinstance(key, Not):
        return ALL_UIDS - expected(key.key)
    if isinstance(key, And):
        return ALL_UIDS.intersection(*map(expected, key.keys))
    return frozenset().union(*map(expected, key.keys))


@given(KEYS)
@settings(max_examples=60, deadline=None)
def test_search_when_keys_are_combined_then_agrees_with_set_algebra(filled, key) -> None:
    assert frozenset(found(filled, filled.accounts["alice"], key)) == expected(key)


@pytest.mark.parametrize("key", [key for key, _ in EACH if condition(key, 0, OWN).exact], ids=str)
def test_search_when_sql_decides_then_python_would_decide_the_same(filled, key) -> None:
    undecided = Or((key, And((Text(Where.FROM, "nobody at all"),))))  # the same, but for SQL
    assert not condition(undecided, 0, OWN).exact
    assert found(filled, filled.accounts["alice"], undecided) == found(filled, filled.accounts["alice"], key)


def test_search_when_there_are_many_messages_then_comes_in_slices(house, alice, monkeypatch) -> None:
    monkeypatch.setattr(search, "_AT_ONCE", 10)
    house.append(alice, *(b"Subject: %d\r\n\r\nbody %d\r\n" % (n, n % 7) for n in range(35)))
    key = Text(Where.BODY, "body 3")
    with house.store.read() as tx:
        slices = list(search.search(tx, house.sight(alice), key))
    assert len(slices) >= 4
    assert [uid for slice_ in slices for uid in slice_] == [4, 11, 18, 25, 32]


def test_search_when_messages_are_large_then_a_slice_ends_early(house, alice, monkeypatch) -> None:
    monkeypatch.setattr(search, "_MOST_BYTES", 1000)
    house.append(alice, *(b"Subject: x\r\n\r\n" + b"body\r\n" * 100 + b"%d\r\n" % n for n in range(10)))
    with house.store.read() as tx:
        slices = list(search.search(tx, house.sight(alice), Text(Where.BODY, "body")))
    assert len(slices) == 6
    assert [uid for slice_ in slices for uid in slice_] == list(range(1, 11))


def test_search_when_the_mailbox_is_empty_then_finds_nothing(house, alice) -> None:
    assert found(house, alice, Text(Where.TEXT, "x"), "Drafts") == []
    assert found(house, alice, All(), "Drafts") == []
