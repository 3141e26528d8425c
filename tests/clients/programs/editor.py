"""What an editor does when it saves on a mounted drive."""

from pathlib import Path

SAVED = "second version\nand a line\n"


def save(letter: Path) -> None:
    """Write a file, save it anew by way of another one, and add a line: it then holds SAVED."""
    fresh = letter.with_name(letter.name + ".tmp")
    letter.write_text("first version\n")
    fresh.write_text("second version\n")
    fresh.replace(letter)
    with letter.open("a") as file:
        file.write("and a line\n")
