"""neomutt of one account."""

from pathlib import Path
from typing import Any

from tests.clients.programs.terminal import shown

_SETTINGS = """\
set my_pass = "{password}"
set imap_user = "{user}"
set imap_pass = $my_pass
set ssl_ca_certificates_file = "{certificate}"
set ssl_verify_host = no
set certificate_file = "{home}/accepted"
set folder = "imaps://127.0.0.1:{port}/"
set spoolfile = "+INBOX"
set record = ""
set postponed = ""
set header_cache = ""
set sleep_time = 0
set quit = yes
set delete = yes
set move = no
set mark_old = no
set wait_key = no
set pager_stop = yes
"""


class Neomutt:
    """One account's neomutt."""

    def __init__(self, demo: Any, name: str, home: Path) -> None:
        home.mkdir(exist_ok=True)
        self.home = home
        self.settings = home / f"neomutt-{name}"
        self.settings.write_text(
            _SETTINGS.format(
                port=demo.ports["imaps"], user=demo.address(name), password=demo.password(name),
                certificate=demo.certificate, home=home,
            )
        )  # fmt: skip
        self.settings.chmod(0o600)

    def play(self, mailbox: str, keys: str, *options: str) -> str:
        """Open a mailbox and press keys until it quits; what was on the screen."""
        command = ["neomutt", "-n", "-F", str(self.settings), "-f", f"+{mailbox}", *options, "-e", f"push {keys}"]
        return shown(command, home=self.home)
