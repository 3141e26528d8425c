"""`coserver log`: who did what in a space."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from coserver.cli.options import data_option, json_option, once
from coserver.cli.show import show_rows

_COLUMNS = {
    "at": "when",
    "who": "who",
    "did": "did",
    "what": "what",
    "detail": "to",
    "way": "by way of",
    "from": "from",
}
_NOBODY = {"command": "the operator", "house": "the house"}


@click.command
@click.argument("space")
@click.option("--since", metavar="DATE", default="", help="From this day or moment on, in local time.")
@click.option("--limit", type=click.IntRange(1, 1000), default=100, show_default=True, help="The latest so many.")
@data_option
@json_option
def command(space: str, since: str, limit: int, data: Path | None, as_json: bool) -> None:
    """Show who did what in SPACE, a login or the name of a group; the newest comes last."""
    rows: list[dict[str, Any]] = once(data, "log", space=space, since=_with_offset(since), limit=limit)
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    show_rows([_readable(row) for row in rows], _COLUMNS, as_json=False, none="Nothing was done there.")


def _with_offset(text: str) -> str:
    """A local day or moment, with the offset from UTC that holds here then."""
    try:
        return datetime.fromisoformat(text).astimezone().isoformat() if text else ""
    except ValueError as error:
        raise click.BadParameter(
            "Write a day as 2026-01-31 or a moment as 2026-01-31T12:00.", param_hint="--since"
        ) from error


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    """A row for people: local time, everything of one thing in one place, nothing that a terminal would obey."""
    what = ": ".join(part for part in (row["tool"], row["what"]) if part)
    if row["count"] > 1:
        what += f" and {row['count'] - 1} more"
    gone = f"account {row['account']}, erased" if row["account"] else ""
    told = {
        **row,
        "at": datetime.fromisoformat(row["at"]).astimezone().strftime("%Y-%m-%d %H:%M:%S"),
        "who": row["who"] or gone or _NOBODY.get(row["way"], "somebody"),
        "what": what,
    }
    return {key: _plain(value) if isinstance(value, str) else value for key, value in told.items()}


def _plain(text: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in text)
