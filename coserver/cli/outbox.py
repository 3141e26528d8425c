"""`coserver outbox`: mail that waits to leave."""

import click

from coserver.cli.deeds import deed, listing
from coserver.cli.topic import Topic

_COLUMNS = {
    "id": "number", "sender": "from", "recipient": "to", "state": "state", "attempts": "tries", "next_at": "next try",
    "last_reply": "answered last",
}  # fmt: skip


@click.group(cls=Topic)
def command() -> None:
    """Mail that waits to leave, by recipient."""


_COMMANDS = (
    listing(
        "outbox list", "", does="Show what waits, up to 1,000 recipients; those first that are tried next.",
        columns=_COLUMNS, none="Nothing waits to leave.",
    ),
    deed("outbox try", "", click.Argument(["id"], type=int), does="Try a recipient now."),
    deed(
        "outbox give-up", "", click.Argument(["id"], type=int),
        does="Try a recipient no more; the sender of the message is told.",
    ),
)  # fmt: skip
for each in _COMMANDS:
    command.add_command(each)
