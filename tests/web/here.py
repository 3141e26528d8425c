"""A domain with all services on, and texts as strangers choose them."""

import subprocess
from pathlib import Path

from hypothesis import strategies as st

from coserver.accounts.setup.places import Places, Service

HOST = "mail.example.test"
OFF = Service(HOST, 0)
HERE = Places(
    domain="example.test",
    title="Example & <Sons>",
    imaps=Service(HOST, 993),
    imap=Service(HOST, 143),
    submissions=Service(HOST, 465),
    submission=Service(HOST, 587),
    https=Service(HOST, 443),
)
SHUT = Places("example.test", "Shut", OFF, OFF, OFF, OFF, OFF)

# Mostly what documents can hold, so that one of several that cannot does not hide the others.
FIT = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=80)
TEXTS = FIT | st.text("<>&\"'%@:/;é字\u200f", max_size=30) | st.text("a<\r\n\x00\ud800\ufffe", max_size=5)
UNFIT = ["\x00", "a\n", "\x85", "\ud800", "\uffff"]


def valid(folder: Path, schema: str, kind: str, document: bytes) -> bool:
    """Whether xmllint takes a document under a schema: `kind` is relaxng or schema."""
    (folder / "schema").write_text(schema, "utf-8")
    (folder / "document").write_bytes(document)
    ran = subprocess.run(
        ["xmllint", "--noout", "--nonet", f"--{kind}", folder / "schema", folder / "document"],
        capture_output=True,
        check=False,
    )
    assert ran.returncode in (0, 3, 4), ran.stderr  # 3 and 4: not valid; anything else: the schema itself is broken
    return ran.returncode == 0
