"""The page of measures, made in pieces: each program writes its own section and leaves the others."""

import re
from pathlib import Path


def section(page: Path, title: str) -> str:
    """A section with its title, up to the next one; the title alone if there is none yet."""
    text = page.read_text(encoding="utf-8") if page.exists() else ""
    found = _pattern(title).search(text)
    return found[0].strip() if found else f"## {title}"


def put(page: Path, title: str, text: str) -> None:
    """Write a section in place of the former one of that title, or behind all others."""
    whole = page.read_text(encoding="utf-8") if page.exists() else "# Measures\n"
    written = f"## {title}\n\n{text.strip()}\n\n"
    changed, times = _pattern(title).subn(lambda _found: written, whole)
    page.write_text((changed if times else f"{whole.rstrip()}\n\n{written}").rstrip() + "\n", encoding="utf-8")


def _pattern(title: str) -> re.Pattern[str]:
    return re.compile(rf"^## {re.escape(title)}\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)
