"""mbsync of one account: its configuration, and the maildirs it keeps."""

from pathlib import Path
from typing import Any

from tests.clients.programs.imap import Everything, identity
from tests.clients.programs.running import run

_SETTINGS = """\
IMAPAccount far
Host 127.0.0.1
Port {port}
User {user}
Pass {password}
SSLType IMAPS
CertificateFile {certificate}

IMAPStore far
Account far

MaildirStore near
Path {folder}/
Inbox {folder}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns {patterns}
Create Both
Remove Both
Expunge Both
SyncState *
CopyArrivalDate yes
"""


class Mbsync:
    """One account's mbsync, for the mailboxes of some patterns; `near` is where its maildirs are."""

    def __init__(self, demo: Any, name: str, home: Path, *, patterns: str = "*") -> None:
        self.home = home
        self.near = home / "mail"
        self._added = 0
        self.near.mkdir(parents=True)
        (home / "mbsyncrc").write_text(
            _SETTINGS.format(
                port=demo.ports["imaps"], user=demo.address(name), password=demo.password(name),
                certificate=demo.certificate, folder=self.near, patterns=patterns,
            )
        )  # fmt: skip
        (home / "mbsyncrc").chmod(0o600)

    def sync(self, *, fails: bool | None = False) -> str:
        """Make both sides alike; what it said."""
        return run("mbsync", "-c", str(self.home / "mbsyncrc"), "-a", home=self.home, fails=fails).all

    def held(self) -> Everything:
        """What its maildirs hold, with F for flagged and S for seen."""
        found: Everything = {}
        for mailbox in self.near.rglob("cur"):
            name = str(mailbox.parent.relative_to(self.near))
            files = [*mailbox.iterdir(), *(mailbox.parent / "new").iterdir()]
            found[name] = {identity(file.read_bytes()): _flags(file.name) for file in files}
        return found

    def file(self, mailbox: str, wanted: str) -> Path:
        """Where a message lies, by its Message-ID."""
        folder = self.near / mailbox
        files = [*(folder / "cur").iterdir(), *(folder / "new").iterdir()]
        return next(file for file in files if identity(file.read_bytes()) == wanted)

    def mark(self, mailbox: str, wanted: str, flags: str) -> None:
        """Give a message these flags."""
        file = self.file(mailbox, wanted)
        file.rename(self.near / mailbox / "cur" / f"{file.name.partition(':2,')[0]}:2,{flags}")

    def add(self, mailbox: str, message: bytes) -> None:
        """Put a new message here; the mailbox is made if need be."""
        for part in ("cur", "new", "tmp"):
            (self.near / mailbox / part).mkdir(parents=True, exist_ok=True)
        self._added += 1
        (self.near / mailbox / "new" / f"100.{self._added}.near").write_bytes(message.replace(b"\r\n", b"\n"))


def _flags(name: str) -> str:
    return "".join(sorted(set(name.partition(":2,")[2]) & set("FS")))
