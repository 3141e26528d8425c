"""Files of accounts, a line each: login,password[,plan[,group...]]."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coserver.accounts import many
from coserver.accounts.many import Row
from coserver.model.errors import Malformed


def read(file: Path) -> list[Row]:
    """The accounts of a file.

    Raises:
        Malformed: it cannot be read; the text names the line.
    """
    try:
        return many.parse(file.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise Malformed(f"{file} cannot be read as UTF-8 text.") from error
    except Malformed as error:
        raise Malformed(f"{file}: {error.text}") from error


def told(added: int, *, dry_run: bool = False) -> str:
    """How many accounts a file made, or would make."""
    would = "would be" if dry_run else ("was" if added == 1 else "were")
    return f"{added} account{'' if added == 1 else 's'} {would} added."


def argument(row: Row, plan: str = "") -> Mapping[str, Any]:
    """A row as the verb `account add-many` takes it; `plan` for those that name none."""
    return {"login": row.login, "password": row.password, "plan": row.plan or plan, "groups": list(row.groups)}
