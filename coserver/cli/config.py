"""`coserver config`: the settings in force, as a file to start from."""

from pathlib import Path

import click

from coserver import config
from coserver.cli.options import configuration, data_option


@click.command
@data_option
@click.option("--defaults", is_flag=True, help="Every setting at its default, whatever is in force here.")
def command(data: Path | None, defaults: bool) -> None:
    """Print the configuration in force, with what each setting means."""
    click.echo(config.sample(None if defaults else configuration(data)), nl=False)
