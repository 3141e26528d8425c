"""The languages of the portal: which one a visitor is answered in, its words, its dates.

Invariant: English is what pages are written in; every other language is a catalogue in the package, complete.
"""

import io
from datetime import UTC, date, datetime
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources
from zoneinfo import ZoneInfo

from babel import Locale, negotiate_locale
from babel.dates import format_date, format_time, get_datetime_format
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from coserver.quota import usage

FIRST = "en"
OTHERS = ("de",)
NAMES = {"en": "English", "de": "Deutsch"}
_LONGEST = 200  # characters of what a browser says of its languages that are looked at


def chosen(preferred: str, accepted: str) -> str:
    """The language of an answer: what the account set, else the first that the browser asks for and we have."""
    if preferred in NAMES:
        return preferred
    wanted = [part.partition(";")[0].strip() for part in accepted[:_LONGEST].split(",")]
    return negotiate_locale([one for one in wanted if one], tuple(NAMES), sep="-") or FIRST


@lru_cache(maxsize=len(NAMES))
def words(language: str) -> NullTranslations:
    """The words of a language."""
    if language == FIRST:
        return NullTranslations()
    with (resources.files("coserver.web") / "languages" / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


@lru_cache(maxsize=1000)
def number(count: int, language: str) -> str:
    """A number as people write it there: 1,000,000; 1.000.000."""
    return format_decimal(count, locale=Locale.parse(language))


@lru_cache(maxsize=10_000)
def size(count: int, language: str) -> str:
    """A number of bytes as `usage.size` says it, in the digits of the language: 1.5 kB; 1,5 kB."""
    told, unit = usage.size(count).split(" ")
    return f"{format_decimal(told, locale=Locale.parse(language))} {words(language).gettext(unit)}"


def moment(at: int, language: str, zone: str = "") -> str:
    """A time in milliseconds since 1970, as people write it there, on the walls of a zone; without one in UTC."""
    return _minute(at // 60_000, language, zone)


@lru_cache(maxsize=20_000)
def _minute(at: int, language: str, zone: str) -> str:
    """The same of a minute; a list shows the same ones again and again."""
    where = Locale.parse(language)
    when = datetime.fromtimestamp(at * 60, ZoneInfo(zone) if zone else UTC)
    told = format_time(when, "short", tzinfo=when.tzinfo, locale=where)
    both = str(get_datetime_format("medium", locale=where)).format(told, format_date(when, "medium", locale=where))
    return both if zone else f"{both} UTC"


@lru_cache(maxsize=1000)
def day(when: date, language: str, form: str = "full") -> str:
    """A day as people write it there, in whole or in a form of Babel's: EEE the day of the week, LLLL y the month."""
    return format_date(when, form, locale=Locale.parse(language))
