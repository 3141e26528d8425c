"""`coserver doctor`: is everything that is kept whole."""

from pathlib import Path

import click

from coserver.cli.main import refuse
from coserver.cli.options import data_option, json_option, once
from coserver.cli.show import show_rows


@click.command
@data_option
@click.option("--repair", is_flag=True, help="Put right what can be put right.")
@json_option
def command(data: Path | None, repair: bool, as_json: bool) -> None:
    """Verify the store: bytes against hashes, counters against rows, files against names."""
    found = once(data, "doctor", repair=repair)
    columns = {"kind": "what", "text": "finding", "mended": "mended"}
    show_rows(found, columns, as_json=as_json, none="")
    if not found and not as_json:
        click.echo("Everything is in order.")
    left = sum(not one["mended"] for one in found)
    if left:
        mendable = "" if repair else " Some of it may be put right with --repair."
        refuse(f"{left} thing(s) are not in order.{mendable}")
