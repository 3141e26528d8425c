"""Conversations kept as text, played over a real store: whole lines at once and byte by byte.

`C:` is a line from the client, `S:` one from the server, where `{...}` is a regular expression.
The head says whom the client talks to: `role`, and perhaps `tls` or `peer`.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coserver.smtp.envelope import Role

FOLDER = Path(__file__).parents[1] / "transcripts" / "smtp"
SCRIPTS = sorted(FOLDER.glob("*.txt"))
_HOLE = re.compile(r"\{(.*?)\}")


def parsed(text: str) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The settings, and who says what."""
    settings, turns = {}, []
    for line in text.splitlines():
        if line.startswith(("C: ", "S: ", "C:", "S:")):
            turns.append((line[0], line[3:]))
        elif line and not line.startswith("#"):
            name, _, value = line.partition("=")
            settings[name.strip()] = value.strip()
    return settings, turns


def pattern(line: str) -> "re.Pattern[str]":
    parts = _HOLE.split(line)
    return re.compile("".join(f"(?:{part})" if at % 2 else re.escape(part) for at, part in enumerate(parts)))


def groups(turns: list[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Turns of one side that follow each other, together."""
    found: list[tuple[str, list[str]]] = []
    for who, line in turns:
        if not found or found[-1][0] != who:
            found.append((who, []))
        found[-1][1].append(line)
    return found


@pytest.mark.parametrize("step", [0, 1, 7])
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_transcript_when_played_then_the_server_says_its_lines(
    lasting_house: Any, talk: Any, play: Callable[..., Any], script: Path, step: int
) -> None:
    settings, turns = parsed(script.read_text("utf-8"))

    async def main() -> None:
        client = talk(
            lasting_house,
            Role(settings["role"]),
            peer=settings.get("peer", "127.0.0.1"),
            tls=settings.get("tls") == "yes",
        )
        heard = (await client.read()).decode()
        for who, lines in groups(turns):
            if who == "C":
                heard += (await client.send("".join(f"{line}\r\n" for line in lines).encode(), step=step)).decode()
                continue
            for line in lines:
                said, _, heard = heard.partition("\r\n")
                assert pattern(line).fullmatch(said), f"expected {line!r}, got {said!r}"
            assert heard == ""
        if settings.get("closed") == "yes":
            assert client.wire.closed

    play(main())


def test_transcripts_when_listed_then_every_role_has_some() -> None:
    roles = {parsed(script.read_text("utf-8"))[0]["role"] for script in SCRIPTS}
    assert roles == {str(role) for role in Role}
