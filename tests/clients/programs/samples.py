"""What the tests put on the server: an event, a contact, a message."""

_EVENT = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//coserver//tests//EN\r
BEGIN:VEVENT\r
UID:{uid}\r
DTSTAMP:20260101T000000Z\r
DTSTART;TZID=Europe/Berlin:20260310T100000\r
DTEND;TZID=Europe/Berlin:20260310T110000\r
SUMMARY:{summary}\r
{more}END:VEVENT\r
END:VCALENDAR\r
"""


def event(uid: str, summary: str, *more: str) -> str:
    """An event on 10 March 2026, from ten to eleven in Berlin, with further lines."""
    return _EVENT.format(uid=uid, summary=summary, more="".join(f"{line}\r\n" for line in more))


def card(uid: str, name: str, *more: str) -> str:
    """A contact, with further lines."""
    lines = ("BEGIN:VCARD", "VERSION:3.0", f"UID:{uid}", f"FN:{name}", f"N:{name};;;;", *more, "END:VCARD")
    return "".join(f"{line}\r\n" for line in lines)


def message(number: int, *, subject: str = "", size: int = 0) -> bytes:
    """A message whose Message-ID and text bear a number, at least `size` octets long."""
    text = (
        f"From: sender@example.net\r\nTo: reader@example.net\r\nSubject: {subject or f'message {number}'}\r\n"
        f"Message-ID: <{number}@example.net>\r\n\r\nText of message {number}.\r\n"
    )
    return text.encode() + b"filled up to its size\r\n" * (size // 23)
