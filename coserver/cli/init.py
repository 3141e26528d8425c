"""`coserver init`: a data folder to begin with."""

from pathlib import Path

import click

from coserver import config
from coserver.cli.options import configuration, data_option, operating
from coserver.model.errors import Unusable


@click.command
@click.option("--domain", help="The default domain, for example example.org; else the one of the configuration.")
@data_option
def command(domain: str | None, data: Path | None) -> None:
    """Make a data folder with a store and, when --data is given, a configuration file in it."""
    settings = configuration(data)
    if domain is not None:
        settings = config.changed(settings, "server", domain=domain)
    with operating(data, make=True) as operate:
        operate("init", {"domain": settings.server.domain})
    if data is not None and not (data / config.FILE_NAME).exists():
        try:
            (data / config.FILE_NAME).write_text(config.sample(settings), "utf-8")
        except OSError as error:
            raise Unusable(f"{data / config.FILE_NAME} cannot be written: {error.strerror}.") from error
    click.echo(f"The data folder {settings.data} is ready for {settings.server.domain}.")
    click.echo("Next: coserver account add LOGIN, then coserver serve.")
