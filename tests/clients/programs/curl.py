"""curl as one account, to put on the server what other programs then find."""

from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote
from xml.etree import ElementTree

from tests.clients.programs.running import run


def curl(demo: Any, name: str, path: str, *words: str, home: Path) -> str:
    """One request for a path of the server; its body."""
    login = f"{name}:{demo.password(name)}"
    plain = ("curl", "--silent", "--show-error", "--fail", "--cacert", str(demo.certificate), "--user", login)
    return run(*plain, *words, f"https://127.0.0.1:{demo.ports['https']}{quote(path)}", home=home).out


def put(demo: Any, name: str, path: str, body: str, *, home: Path) -> None:
    """Put a file, an event or a contact under a path of the server."""
    (home / "body").write_text(body, newline="")
    curl(demo, name, path, "--upload-file", str(home / "body"), home=home)


def mkcol(demo: Any, name: str, path: str, *, home: Path) -> None:
    """Make a folder under a path of the server."""
    curl(demo, name, path, "--request", "MKCOL", home=home)


def book(demo: Any, name: str, title: str, *, home: Path) -> str:
    """The path of the calendar or address book that the account sees under this title."""
    told = curl(demo, name, f"/dav/{demo.address(name)}/", "--request", "PROPFIND", "--header", "Depth: 1", home=home)
    for response in ElementTree.fromstring(told).iter("{DAV:}response"):
        if title in [one.text for one in response.iter("{DAV:}displayname")]:
            return unquote(response.findtext("{DAV:}href") or "")
    raise AssertionError(f"no {title} in {told}")
