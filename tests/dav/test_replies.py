"""Errors of the house as HTTP says them."""

import errno

import pytest

from coserver.dav import replies
from coserver.dav.targets import Elsewhere
from coserver.documents.paths import Orphan
from coserver.model import errors


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.Malformed, 400),
        (errors.Unknown, 401),
        (errors.Denied, 403),
        (errors.NotInPlan, 403),
        (errors.Missing, 404),
        (Orphan, 409),
        (errors.Exists, 405),
        (errors.Stale, 412),
        (errors.TooBig, 413),
        (errors.Locked, 423),
        (Elsewhere, 502),
        (errors.Busy, 503),
        (errors.NoRoom, 507),
        (errors.Unusable, 500),
    ],
)
def test_refusal_when_any_error_then_its_status_and_its_text(error: type[errors.HouseError], status: int) -> None:
    reply = replies.refusal(error("Do this <next>.", private="detail"), href="/drive/a&b")
    assert reply.status == status
    assert b"Do this" in reply.body
    assert b"detail" not in reply.body
    if status in (423, 507):
        assert b"&lt;next&gt;" in reply.body
    if status == 423:
        assert b"<D:href>/drive/a&amp;b</D:href>" in reply.body


def test_refusal_when_every_word_of_the_house_then_none_is_our_fault() -> None:
    told = [kind for kind in errors.HouseError.__subclasses__() if kind.__module__ == errors.__name__]
    missing = [kind for kind in told if replies.status_of(kind("x")) == 500]
    assert missing == [errors.Unusable]


def test_refusal_when_login_or_busy_then_the_header_that_belongs_to_it() -> None:
    assert ("WWW-Authenticate", replies.REALM) in replies.refusal(errors.Unknown("x")).headers
    assert ("Retry-After", "30") in replies.refusal(errors.Busy("x")).headers


def test_status_when_the_disk_is_full_then_507_and_otherwise_503() -> None:
    assert replies.status_of(errors.Busy("x", cause=OSError(errno.ENOSPC, "full"))) == 507
    assert replies.status_of(errors.Busy("x", cause=OSError(errno.EIO, "broken"))) == 503
