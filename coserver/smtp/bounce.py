"""Delivery status notifications (RFC 3464, RFC 6533): what became of a message; no input or output.

A notification has the null sender and is never answered by another (RFC 3464 2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from coserver.smtp.heads import date
from coserver.smtp.parameters import unxtext

FULL_LIMIT = 1 << 20  # larger messages are returned by their head alone, also where RET=FULL asks for more
_TEXT_LIMIT = 800


class Action(StrEnum):
    """What became of one recipient (RFC 3464 2.3.3)."""

    FAILED = "failed"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RELAYED = "relayed"


@dataclass(frozen=True, slots=True)
class Fate:
    """One recipient and what became of it; `original` is the ORCPT parameter as it came."""

    recipient: str
    original: str
    action: Action
    status: str
    reply: str = ""


@dataclass(frozen=True, slots=True)
class Original:
    """The message a notification is about. `data` is its bytes; times in seconds since 1970 UTC."""

    sender: str
    envelope_id: str
    ret: str
    smtputf8: bool
    arrived: float
    data: bytes


def wanted(notify: str, action: Action) -> bool:
    """Whether the NOTIFY parameter asks for this (RFC 3461 4.1); the default is failure and delay."""
    events = set((notify or "FAILURE,DELAY").split(","))
    word = {Action.FAILED: "FAILURE", Action.DELAYED: "DELAY"}.get(action, "SUCCESS")
    return word in events


def compose(
    original: Original, fates: Sequence[Fate], *, hostname: str, domain: str, now: float, name: str
) -> bytes:  # fmt: skip
    """The notification to the sender of `original`, ready to be delivered.

    Args:
        original: what it is about.
        fates: the recipients it tells of, at least one.
        hostname: our name, as Reporting-MTA.
        domain: whose postmaster answers for it (RFC 3464 2) and whose key signs it.
        now: seconds since 1970 UTC.
        name: unique, for the Message-ID and the boundary: letters and digits.
    """
    kind = "message/global-delivery-status" if original.smtputf8 else "message/delivery-status"
    boundary = f"=_{name}"
    parts = (
        ("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit", _letter(fates, hostname)),
        (f"Content-Type: {kind}\r\nContent-Transfer-Encoding: 8bit", _status(original, fates, hostname)),
        _returned(original),
    )
    head = (
        f"Return-Path: <>\r\n"
        f"Date: {date(now)}\r\n"
        f"From: Mail delivery <postmaster@{domain}>\r\n"
        f"To: <{original.sender}>\r\n"
        f"Subject: {_SUBJECTS[_worst(fates)]}\r\n"
        f"Message-ID: <{name}@{hostname}>\r\n"
        f"Auto-Submitted: auto-replied\r\n"  # RFC 3834 5
        f"MIME-Version: 1.0\r\n"
        f"Content-Type: multipart/report; report-type=delivery-status;\r\n"
        f'\tboundary="{boundary}"\r\n'
        f"\r\n"
    )
    body = b"".join(
        f"--{boundary}\r\n{fields}\r\n\r\n".encode() + (content.encode() if isinstance(content, str) else content)
        for fields, content in parts
    )
    return head.encode() + body + f"--{boundary}--\r\n".encode()


def _worst(fates: Sequence[Fate]) -> Action:
    return min((fate.action for fate in fates), key=list(Action).index)


_SUBJECTS = {
    Action.FAILED: "Your message could not be delivered",
    Action.DELAYED: "Your message is delayed",
    Action.DELIVERED: "Your message was delivered",
    Action.RELAYED: "Your message was passed on",
}
_SENTENCES = {
    Action.FAILED: "could not be delivered to these recipients, and it will not be tried again:",
    Action.DELAYED: "is not yet delivered to these recipients. It is still being tried, there is nothing to do:",
    Action.DELIVERED: "was delivered to these recipients:",
    Action.RELAYED: "was passed on to the servers of these recipients, which send no notice of delivery:",
}


def _letter(fates: Sequence[Fate], hostname: str) -> str:
    lines = [f"This is the mail server of {hostname}."]
    for action in Action:
        told = [fate for fate in fates if fate.action is action]
        if told:
            lines += ["", "Your message " + _SENTENCES[action], ""]
        for fate in told:
            lines.append(f"  <{fate.recipient}>")
            if fate.reply:
                lines.append(f"      {_one_line(fate.reply)}")
    return "\r\n".join(lines) + "\r\n\r\n"


def _status(original: Original, fates: Sequence[Fate], hostname: str) -> str:
    """The machine-readable part (RFC 3464 2.2, 2.3)."""
    whole = []
    if original.envelope_id:
        whole.append(f"Original-Envelope-Id: {_one_line(unxtext(original.envelope_id))}")
    whole.append(f"Reporting-MTA: dns; {hostname}")
    whole.append(f"Arrival-Date: {date(original.arrived)}")
    blocks = ["\r\n".join(whole)]
    for fate in fates:
        kind = "utf-8" if original.smtputf8 else "rfc822"
        block = []
        if fate.original:
            source, _, address = fate.original.partition(";")
            shown = address if source.lower() == "utf-8" else _one_line(unxtext(address))
            block.append(f"Original-Recipient: {source}; {shown}")
        block.append(f"Final-Recipient: {kind}; {fate.recipient}")
        block.append(f"Action: {fate.action}")
        block.append(f"Status: {fate.status}")
        if fate.reply:
            block.append(f"Diagnostic-Code: smtp; {_one_line(fate.reply)}")
        blocks.append("\r\n".join(block))
    return "\r\n\r\n".join(blocks) + "\r\n\r\n"


def _returned(original: Original) -> tuple[str, bytes]:
    """The message itself, or its head (RFC 3461 4.3, RFC 6522 4)."""
    data = without_return_path(original.data)
    failed_whole = original.ret == "FULL" and len(data) <= FULL_LIMIT
    kind = "message/rfc822" if failed_whole else "text/rfc822-headers"
    if original.smtputf8:
        kind = "message/global" if failed_whole else "message/global-headers"
    if not failed_whole:
        data = data[: data.find(b"\r\n\r\n") + 2] if b"\r\n\r\n" in data else data[:FULL_LIMIT]
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: 8bit", data + b"\r\n"  # the last CRLF is the boundary's


def without_return_path(data: bytes) -> bytes:
    """A kept message as it goes out: Return-Path is written at final delivery only (RFC 5321 4.4)."""
    if not data.startswith(b"Return-Path:"):
        return data
    return data[data.find(b"\r\n") + 2 :]


def status(text: str, otherwise: str) -> str:
    """The enhanced status in a reply (RFC 3463), of the class that `otherwise` has; else `otherwise`."""
    for word in text.split()[:2]:
        parts = word.split(".")
        if len(parts) == 3 and all(part.isdigit() and len(part) <= 3 for part in parts):
            return otherwise[0] + word[1:]
    return otherwise


def _one_line(text: str) -> str:
    line = " ".join(text.split())[:_TEXT_LIMIT]
    return "".join(letter if letter.isprintable() else "?" for letter in line)
