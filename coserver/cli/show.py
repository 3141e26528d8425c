"""How lists and single things are shown: JSON for scripts, tables for people."""

import json
from collections.abc import Mapping
from typing import Any

import click
from tabulate import tabulate

_TITLES = {"id": "number"}  # headings that are not the key itself: commands take this as NUMBER


def show_rows(rows: list[dict[str, Any]], columns: Mapping[str, str], *, as_json: bool, none: str) -> None:
    """A list: JSON as it is, or a table of `columns` (key to heading), or `none` when it is empty."""
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    elif rows:
        cells = [[readable(key, row.get(key)) for key in columns] for row in rows]
        click.echo(tabulate(cells, headers=list(columns.values()), tablefmt="simple", disable_numparse=True))
    elif none:
        click.echo(none, err=True)


def show_one(thing: dict[str, Any], *, as_json: bool) -> None:
    """One thing: JSON as it is, or a line for each of its values and a table for each list in it."""
    if as_json:
        click.echo(json.dumps(thing, indent=2, ensure_ascii=False))
        return
    plain = [(_title(key), readable(key, value)) for key, value in thing.items() if not _table(value)]
    click.echo(tabulate(plain, tablefmt="plain", disable_numparse=True))
    for key, value in thing.items():
        rows = _table(value)
        if rows:
            cells = [[readable(name, cell) for name, cell in row.items()] for row in rows]
            headings = [_title(name) for name in rows[0]]
            click.echo(f"\n{_title(key)}:\n" + tabulate(cells, headers=headings, disable_numparse=True))


def _table(value: object) -> list[dict[str, Any]]:
    """The rows of a value that is a list of things, or things by name; none for a plain value."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return value
    if isinstance(value, dict) and value and all(isinstance(one, dict) for one in value.values()):
        return [{"": name, **one} for name, one in value.items()]
    return []


def _title(key: str) -> str:
    return _TITLES.get(key, key.replace("_", " "))


def readable(key: str, value: object) -> str:
    """A value for people: sizes in the unit that fits, lists and names with values with commas, nothing for None."""
    if value in (None, "", [], {}):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and "bytes" in key:
        return size(value)
    if isinstance(value, dict):
        return ", ".join(f"{name} {readable(name, one)}" for name, one in value.items())
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(value)


def size(count: int) -> str:
    """Bytes in the decimal unit that fits: 1.5 GB."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if abs(amount) < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
