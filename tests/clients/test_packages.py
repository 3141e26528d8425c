"""Every program that the client tests run is there: told as one line, wherever something is missing."""

from pathlib import Path

import pytest

LIST = Path(__file__).with_name("packages.txt")


def _programs() -> list[str]:
    lines = (line.split("#")[0].split() for line in LIST.read_text().splitlines())
    return [program for words in lines if words for program in words[1:]]


@pytest.mark.needs(*_programs())
def test_client_programs_when_the_list_is_installed_then_every_one_is_found() -> None:
    assert len(_programs()) >= 15
