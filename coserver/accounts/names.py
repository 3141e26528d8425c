"""Names that nobody may have, and names that look like those of others (S26)."""

import unicodedata

from coserver.model.errors import Denied, Malformed

# What the mail system, clients and people take for the house itself (RFC 2142; who reads some of them
# could obtain certificates for the domain).
RESERVED = frozenset(
    {
        "abuse",
        "admin",
        "administrator",
        "all",  # the operator's word for every member of a group
        "anyone",
        "autoconfig",
        "autodiscover",
        "bounce",
        "bounces",
        "daemon",
        "dmarc",
        "hostmaster",
        "localhost",
        "mailer-daemon",
        "mta-sts",
        "noc",
        "no-reply",
        "nobody",
        "noreply",
        "null",
        "openpgpkey",
        "postmaster",
        "root",
        "security",
        "ssladmin",
        "ssladministrator",
        "sslwebmaster",
        "support",
        "sysadmin",
        "system",
        "tls-reports",
        "usenet",
        "uucp",
        "webmaster",
        "www",
    }
)
# What an operator may give away, and no stranger may take for himself (RFC 2142 3, 5).
OFFICIAL = frozenset(
    {
        "accounts",
        "billing",
        "contact",
        "coserver",
        "ftp",
        "help",
        "info",
        "it",
        "mail",
        "marketing",
        "moderator",
        "news",
        "newsletter",
        "office",
        "operator",
        "owner",
        "password",
        "payments",
        "privacy",
        "register",
        "sales",
        "service",
        "signup",
        "sign-up",
        "staff",
        "team",
        "test",
        "user",
        "users",
        "verify",
    }
)
_TOGETHER = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"}  # alphabets that are written together


def check(local: str) -> None:
    """Refuse what stands before the @ of a login, in its kept form, if it is the house's or a look-alike's.

    Raises:
        Denied: it is reserved.
        Malformed: it mixes alphabets, so that one letter passes for another.
    """
    if local in RESERVED:
        raise Denied(f"The name {local!r} is reserved: choose another one.", login=local)
    alphabets = {unicodedata.name(letter, "?").partition(" ")[0] for letter in local if letter.isalpha()}
    if len(alphabets) > 1 and not alphabets <= _TOGETHER:
        raise Malformed(f"{local!r} mixes alphabets, so it could be taken for another name: use letters of one.")


def check_chosen(local: str) -> None:
    """Refuse what a stranger may not choose for himself: besides, all that is not plain ASCII, and official names.

    Raises:
        Denied, Malformed: with what to do.
    """
    check(local)
    if not local.isascii():
        raise Malformed("Use the letters a to z, digits, dots, hyphens and underscores for the name.")
    if local in OFFICIAL:
        raise Denied(f"The name {local!r} is reserved: choose another one.", login=local)
