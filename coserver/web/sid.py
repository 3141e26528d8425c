"""The one cookie of the portal as it stands in headers, and the mark by which its forms are known (R2).

Invariants: the cookie goes to this host alone, over TLS alone, to no script and not along with what other sites
post, and ends with the browser; a form's mark follows from the cookie and gives nothing of it away.
"""

import hashlib
import hmac

from werkzeug.http import parse_cookie

NAME = "__Host-sid"
LONGEST = 100  # characters of a value that is looked up
_KEEPING = "Path=/; Secure; HttpOnly; SameSite=Lax"


def received(header: str) -> str:
    """The cookie's value in a header, or empty."""
    found = parse_cookie(header).get(NAME, "")
    return found if len(found) <= LONGEST else ""


def setting(value: str) -> tuple[str, str]:
    """The header by which a browser gets it."""
    return ("Set-Cookie", f"{NAME}={value}; {_KEEPING}")


def ending() -> tuple[tuple[str, str], ...]:
    """The headers by which a browser forgets it, and whatever it kept of the pages (R40)."""
    forget = ("Set-Cookie", f"{NAME}=; Max-Age=0; {_KEEPING}")
    return (forget, ("Clear-Site-Data", '"cache", "cookies", "storage"'))


def mark(value: str) -> str:
    """What the forms of a login bear, so that no other site can post one."""
    return hmac.digest(value.encode("utf-8", "surrogatepass"), b"coserver form", hashlib.sha256).hex()
