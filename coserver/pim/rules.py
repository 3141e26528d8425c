"""Recurrence rules, looked at with bounded effort.

Invariants: whatever the rule, the work is a few ten thousand steps at most; a rule that could keep a
query busy for long is refused when it arrives, so that no query meets it (RFC 5545 3.3.10).
"""

from calendar import isleap
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from dateutil.rrule import rrule, rrulestr

from coserver.pim.refusals import BadCalendar, TooOften

MOST_FREQUENT = 5000  # instances of a rule that recurs within the hour
MOST_COUNTED = 5000  # instances stepped through to find the last one; beyond: no end known
_YEARS = 12  # 29 February comes back within eight years (1896, 1904)
_HORIZON = timedelta(days=_YEARS * 366)
_EARLIEST_DAILY = 1900
_QUICK = ("SECONDLY", "MINUTELY")
_SPARSE = ("YEARLY", "MONTHLY")
_DAILY = ("SECONDLY", "MINUTELY", "HOURLY", "DAILY")


def last_of(text: str, start: date) -> datetime | None:
    """An upper bound of the starts of all instances, without a zone; None when there is no end.

    `text` is the value of RRULE, `start` the value of DTSTART.

    Raises:
        BadCalendar: it is no rule, or one that never comes true.
        TooOften: it recurs every few minutes for long, or daily since centuries.
    """
    parts = _parts(text)
    naive = _naive(start)
    freq = parts.get("FREQ", "").upper()
    if freq in _DAILY and naive.year < _EARLIEST_DAILY:
        raise TooOften("An entry that recurs every day cannot begin before 1900.")
    until = _until(parts.pop("UNTIL", None))
    count = parts.pop("COUNT", None)
    _refuse_never(parts, naive, freq)
    rule = _rule(parts, naive)
    if until is not None:
        if freq in _QUICK:
            _refuse_dense(islice(_within(rule, until), MOST_FREQUENT + 1))
        return until + timedelta(days=1)
    if freq in _QUICK:
        most = MOST_FREQUENT + 1 if count is None else min(int(count), MOST_FREQUENT + 1)
        _refuse_dense(islice(_within(rule, naive + _HORIZON), most))
    if count is None or int(count) > MOST_COUNTED:
        return None
    found = list(islice(_within(rule, naive + _HORIZON), int(count)))
    return found[-1] if found and len(found) == int(count) else None


def starts(text: str, start: date) -> Iterator[datetime]:
    """The starts of all instances, ascending, as the clock on the wall shows them; perhaps without end.

    `text` is the value of RRULE, `start` the value of DTSTART; errors as those of `last_of`.
    """
    parts = _parts(text)
    until = parts.pop("UNTIL", None)
    rule = _rule(parts, _naive(start))
    last = _until(until)
    if last is None or until is None:
        return iter(rule)
    if "T" not in until:
        last += timedelta(days=1, seconds=-1)
    elif until.endswith("Z") and isinstance(start, datetime) and start.tzinfo is not None:
        last = last.replace(tzinfo=UTC).astimezone(start.tzinfo).replace(tzinfo=None)  # RFC 5545 3.3.10
    return _within(rule, last)


def _refuse_never(parts: dict[str, str], start: datetime, freq: str) -> None:
    """Refuse a rule without instances: looking for one would go on to the year 9999.

    That is the trick: the search begins so short before 9999, in a year that looks the same, that
    its end comes soon.
    """
    interval = parts.get("INTERVAL", "1")
    wide = freq in _SPARSE and interval.isdigit() and len(interval) < 5 and int(interval) > 1
    back = min(8000, 400 * (1 + _YEARS * int(interval) // 400)) if wide else 0
    if next(iter(_rule(parts, start.replace(year=_late(start.year) - back))), None) is None:
        raise BadCalendar("The recurrence rule of the entry never comes true: correct or remove RRULE.")


def _late(year: int) -> int:
    """A year with the same weekdays and days, with twelve to forty more years before 9999."""
    wanted = isleap(year), date(year, 1, 1).weekday()
    return next(late for late in range(9999 - _YEARS, 9900, -1) if (isleap(late), date(late, 1, 1).weekday()) == wanted)


def _rule(parts: dict[str, str], start: datetime) -> rrule:
    text = ";".join(f"{key}={value}" for key, value in parts.items())
    try:
        rule = rrulestr(text, dtstart=start, ignoretz=True)
    except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError) as error:
        raise BadCalendar(f"The recurrence rule {text[:100]!r} cannot be understood.") from error
    if not isinstance(rule, rrule):
        raise BadCalendar("The recurrence rule cannot be understood.")
    return rule


def _within(rule: rrule, until: datetime) -> Iterator[datetime]:
    """The instances up to `until`: the search itself ends there too."""
    return iter(rule.replace(until=until))


def _refuse_dense(instances: Iterator[datetime]) -> None:
    if sum(1 for _ in instances) > MOST_FREQUENT:
        raise TooOften(f"An entry may recur within the hour {MOST_FREQUENT} times at most.")


def _parts(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in text.replace("\\", "").strip().strip(";").split(";"):
        key, equals, value = part.partition("=")
        if not equals:
            raise BadCalendar(f"The recurrence rule {text[:100]!r} cannot be understood.")
        found[key.strip().upper()] = value.strip()
    count = found.get("COUNT", "1")
    if not count.isdigit() or len(count) > 9:
        raise BadCalendar("COUNT of a recurrence rule is a number.")
    return found


def _until(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text[:15].rstrip("Z"), "%Y%m%dT%H%M%S" if "T" in text else "%Y%m%d")  # noqa: DTZ007
    except ValueError as error:
        raise BadCalendar(f"UNTIL={text[:30]} of a recurrence rule is no date.") from error


def _naive(value: date) -> datetime:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return datetime(value.year, value.month, value.day)  # noqa: DTZ001  (a date has no zone)
