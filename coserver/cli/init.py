"""`coserver init`: a data folder to begin with.

Invariant: a folder that has a default domain keeps it, and gets no second one by this way.
"""

import shlex
from pathlib import Path

import click

from coserver import config
from coserver.cli.options import configuration, data_option, operating
from coserver.model.errors import Exists, Unusable
from coserver.net.call import Operate


@click.command
@click.option("--domain", help="The default domain, for example example.org; else the one of the configuration.")
@data_option
def command(domain: str | None, data: Path | None) -> None:
    """Make a data folder with a store and, when --data is given, a configuration file in it."""
    settings = configuration(data)
    if domain is not None:
        settings = config.changed(settings, "server", domain=domain)
    with operating(data, make=True) as operate:
        _need_the_same(operate, settings)
        operate("init", {"domain": settings.server.domain})
    if data is not None and not (data / config.FILE_NAME).exists():
        try:
            (data / config.FILE_NAME).write_text(config.sample(settings), "utf-8")
        except OSError as error:
            raise Unusable(f"{data / config.FILE_NAME} cannot be written: {error.strerror}.") from error
    click.echo(f"The data folder {settings.data} is ready for {settings.server.domain}.")
    where = f" --data {shlex.quote(str(data))}" if data is not None else ""
    click.echo(f"Next: coserver account add LOGIN{where}, then coserver serve{where}.")


def _need_the_same(operate: Operate, settings: config.Config) -> None:
    """See that the folder has no default domain yet, or this one; to change it would move nobody's login."""
    from coserver.mail.domains import normal  # noqa: PLC0415 - loads the store

    first = next((each["name"] for each in operate("domain list", {}) if each["standard"]), None)
    if first is not None and first != normal(settings.server.domain):
        raise Exists(
            f"The data folder {settings.data} is there already, and its default domain is {first}. To take mail for "
            f"{settings.server.domain}, too: coserver domain add {settings.server.domain}"
        )
