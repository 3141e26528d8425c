"""The languages of the portal."""

import re
from importlib import resources
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from coserver.web import speech

WEB = Path(str(resources.files("coserver.web")))
HELD = re.compile(r"%\(\w+\)s|%%")


@pytest.mark.parametrize(
    ("preferred", "accepted", "language"),
    [
        ("", "", "en"),
        ("", "de-AT,de;q=0.9,en;q=0.8", "de"),
        ("", "fr, de;q=0.7", "de"),
        ("", "fr-FR", "en"),
        ("de", "en", "de"),
        ("xx", "de", "de"),
        ("", "de" * 10_000, "en"),
        ("", ",;q=,\x00", "en"),
    ],
)
def test_language_when_chosen_or_asked_for_then_one_that_there_is(preferred: str, accepted: str, language: str) -> None:
    assert speech.chosen(preferred, accepted) == language


@pytest.mark.parametrize("language", speech.OTHERS)
def test_catalogue_when_compared_with_the_pages_then_every_word_is_there_with_what_it_holds(language: str) -> None:
    with (WEB / "languages" / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    found = extract_from_dir(WEB, method_map=[("templates/**.html", "jinja2"), ("**.py", "ignore")])
    for _, _, words, _, _ in found:
        message = catalogue.get(words if isinstance(words, str) else words[0])
        assert message is not None, words
        assert not message.fuzzy
        told = [message.string] if isinstance(message.string, str) else message.string
        asked = [words] if isinstance(words, str) else words
        for one, other in zip(asked, told, strict=True):
            assert other, words
            assert sorted(HELD.findall(one)) == sorted(HELD.findall(other))


def test_moment_when_told_then_in_the_words_of_the_language() -> None:
    at = 1_794_000_000_000
    assert speech.moment(at, "en") == "Nov 6, 2026, 9:20\u202fPM UTC"
    assert speech.moment(at, "de") == "06.11.2026, 21:20 UTC"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["1 byte", "999 bytes", "1.5 kB", "20 MB", "1,000,000"]),
        ("de", ["1 Byte", "999 Bytes", "1,5 kB", "20 MB", "1.000.000"]),
    ],
)
def test_numbers_when_told_then_in_the_digits_of_the_language(language: str, said: list[str]) -> None:
    told = [speech.size(count, language) for count in (1, 999, 1_500, 20_000_000)]
    assert [*told, speech.number(1_000_000, language)] == said
