"""How the commands of one topic are listed: each with its first sentence, in full.

Invariant: what help says is never cut off; a line that is too long for the terminal goes on below.
"""

import click

_WHOLE = 10_000  # characters: longer than any sentence


class Topic(click.Group):
    """Commands about one thing."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, as click does, but with whole sentences."""
        found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        rows = [(name, command.get_short_help_str(_WHOLE)) for name, command in found if command is not None]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
