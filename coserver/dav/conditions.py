"""Conditions of requests: If (RFC 4918 10.4), If-Match and its kin (RFC 9110 13).

Invariants: pure; any header text gives a value or Malformed. ETags are compared with their quotes;
a weak one never matches where strong comparison is due (RFC 9110 8.8.3.2). An If header that names
another resource by an absolute URL is evaluated against that resource.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum

from coserver.model.errors import Malformed

LONGEST = 16_384  # characters of one header
_MOST = 500  # conditions in one header

_ETAG = re.compile(r'(?:W/)?"[^"\x00-\x1f\x7f]*"')
_TOKEN = re.compile(
    r'\s*(?:(\()|(\))|<([^<>\s]*)>|\[\s*((?:W/)?"[^"\x00-\x1f\x7f]*")\s*\]|(not)(?=[\s<\[]))', re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class State:
    """What a condition is held against: a resource as it is now. `etag` is None for folders."""

    exists: bool
    etag: str | None = None
    stamp: int = 0
    tokens: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Condition:
    """One state token or one ETag, wanted or (`negated`) unwanted."""

    negated: bool
    token: str | None
    etag: str | None

    def holds(self, state: State) -> bool:
        """Whether it is true of a resource."""
        if self.token is not None:
            return (self.token in state.tokens) is not self.negated
        return (state.etag is not None and self.etag == state.etag) is not self.negated


@dataclass(frozen=True, slots=True)
class Clause:
    """A list: all conditions must hold of `resource`, the text of its tag; None: the request's own."""

    resource: str | None
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class If:
    """An If header: true when one clause is true (RFC 4918 10.4.3)."""

    clauses: tuple[Clause, ...] = ()

    @property
    def tokens(self) -> frozenset[str]:
        """Every token in it: naming a token is showing it (RFC 4918 10.4.1)."""
        return frozenset(one.token for clause in self.clauses for one in clause.conditions if one.token)

    def holds(self, state_of: Callable[[str | None], State]) -> bool:
        """Whether it is true; `state_of` looks up a resource by its tag, once each."""
        if not self.clauses:
            return True
        seen: dict[str | None, State] = {}
        for clause in self.clauses:
            if clause.resource not in seen:
                seen[clause.resource] = state_of(clause.resource)
            if all(one.holds(seen[clause.resource]) for one in clause.conditions):
                return True
        return False


@dataclass(frozen=True, slots=True)
class Tags:
    """The value of If-Match or If-None-Match: any, or one of these."""

    any: bool
    etags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Conditions:
    """All conditions of one request; what was not sent is None. Times in whole seconds since 1970."""

    if_: If = If()
    match: Tags | None = None
    none_match: Tags | None = None
    modified_since: int | None = None
    unmodified_since: int | None = None


class Verdict(Enum):
    """What becomes of a request."""

    GO = "go"
    NOT_MODIFIED = "not modified"
    FAILED = "failed"


def parse(header: Callable[[str], str | None]) -> Conditions:
    """The conditions in the headers of a request; `header` gives the value of one, or None.

    Raises:
        Malformed: a header does not follow its grammar.
    """
    return Conditions(
        parse_if(header("If")),
        _tags(header("If-Match")),
        _tags(header("If-None-Match")),
        seconds(header("If-Modified-Since")),
        seconds(header("If-Unmodified-Since")),
    )


def judge(conditions: Conditions, state: State, *, reading: bool) -> Verdict:
    """Hold everything but If against the resource, in the order of RFC 9110 13.2.2."""
    if conditions.match is not None:
        if not _strongly(conditions.match, state):
            return Verdict.FAILED
    elif conditions.unmodified_since is not None and state.exists and state.stamp // 1000 > conditions.unmodified_since:
        return Verdict.FAILED
    if conditions.none_match is not None:
        if _weakly(conditions.none_match, state):
            return Verdict.NOT_MODIFIED if reading else Verdict.FAILED
    elif reading and _unmodified(conditions.modified_since, state):
        return Verdict.NOT_MODIFIED
    return Verdict.GO


def parse_if(text: str | None) -> If:
    """An If header; the empty one when there is none.

    Raises:
        Malformed: it does not follow RFC 4918 10.4.2.
    """
    if text is None:
        return If()
    clauses: list[Clause] = []
    resource: str | None = None
    open_tag = False  # a tag came and its first list did not yet
    tokens = _tokens(text)
    for kind, value in tokens:
        if kind == "<" and not open_tag and (resource is not None or not clauses):
            resource, open_tag = value, True
        elif kind == "(":
            clauses.append(Clause(resource, tuple(_list(tokens))))
            open_tag = False
        else:
            raise _bad()
    if not clauses or open_tag:
        raise _bad()
    return If(tuple(clauses))


def seconds(text: str | None) -> int | None:
    """An HTTP date in seconds since 1970; None for none and for what is no date (RFC 9110 13.1.3)."""
    if text is None or len(text) > 100:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _list(tokens: Iterator[tuple[str, str]]) -> Iterator[Condition]:
    """The conditions up to the closing parenthesis, one at least."""
    negated = False
    count = 0
    for kind, value in tokens:
        if kind == ")":
            if negated or not count:
                raise _bad()
            return
        if kind == "not" and not negated:
            negated = True
            continue
        if kind not in ("<", "["):
            raise _bad()
        count += 1
        yield Condition(negated, value if kind == "<" else None, value if kind == "[" else None)
        negated = False
    raise _bad()


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    if len(text) > LONGEST:
        raise Malformed("The If header is too long.")
    position = count = 0
    text = text.rstrip()
    while position < len(text):
        found = _TOKEN.match(text, position)
        count += 1
        if found is None or count > 4 * _MOST:
            raise _bad()
        position = found.end()
        opening, closing, uri, etag, negation = found.groups()
        if uri is not None:
            yield "<", uri
        elif etag is not None:
            yield "[", etag
        else:
            yield (opening or closing or negation).lower(), ""


def _tags(text: str | None) -> Tags | None:
    if text is None:
        return None
    if text.strip() == "*":
        return Tags(any=True)
    if len(text) > LONGEST:
        raise Malformed("The header with ETags is too long.")
    found = _ETAG.findall(text)
    if not found or _ETAG.sub("", text).strip(" \t,"):
        raise Malformed('An ETag must stand in double quotes, as in If-Match: "5f".')
    return Tags(any=False, etags=frozenset(found))


def _strongly(tags: Tags, state: State) -> bool:
    return state.exists if tags.any else state.etag in tags.etags


def _weakly(tags: Tags, state: State) -> bool:
    if tags.any or state.etag is None:
        return tags.any and state.exists
    return state.etag.removeprefix("W/") in {etag.removeprefix("W/") for etag in tags.etags}


def _unmodified(since: int | None, state: State) -> bool:
    return since is not None and state.exists and state.stamp // 1000 <= since


def _bad() -> Malformed:
    return Malformed("The If header does not follow RFC 4918, section 10.4.2.")
