"""Names of hosts and domains in the one form in which they are compared and kept.

Invariant: two names that registries hold apart stay apart.
"""

import re
from encodings.idna import nameprep

_DOTS = re.compile("[.\u3002\uff0e\uff61]")  # RFC 3490 3.1
_APART = re.compile("([ßς])")  # names that an older rule took for others (RFC 5894 7.2)
_JOINERS = re.compile("[\u200c\u200d]")  # seen by nobody, and a name of its own where a script needs them
_LONGEST = 63  # octets of a label, RFC 1035 2.3.4


def a_labels(name: str) -> str:
    """A name in lower case with international labels as A-labels (RFC 5891 4.4).

    Raises:
        UnicodeError: it cannot be one.
    """
    if name.isascii():
        return name.encode("idna").decode("ascii").lower()
    return ".".join(map(_label, _DOTS.split(name)))


def _label(label: str) -> str:
    if _JOINERS.search(label):
        raise UnicodeError("a label with a joiner")
    parts = _APART.split(label.replace("ẞ", "ß"))
    if len(parts) == 1:
        encoded = label.encode("idna").decode("ascii").lower()
    else:
        made = "".join(part if _APART.fullmatch(part) else nameprep(part) for part in parts)
        encoded = f"xn--{made.encode('punycode').decode('ascii')}"
    if "." in encoded or len(encoded) > _LONGEST:
        raise UnicodeError("a label that is none")
    return encoded
