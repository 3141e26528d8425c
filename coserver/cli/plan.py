"""`coserver plan`: what subscriptions there are to give."""

from pathlib import Path

import click

from coserver.cli.options import data_option, json_option, once
from coserver.cli.show import show_rows
from coserver.cli.topic import Topic
from coserver.model.errors import Unusable


@click.group(cls=Topic)
def command() -> None:
    """Plans on offer."""


@command.command("list")
@data_option
@json_option
def list_(data: Path | None, as_json: bool) -> None:
    """Show all plans in force: capacities and features."""
    plans = once(data, "plan list")
    if not as_json:
        plans = [{**plan, **plan["capacities"]} for plan in plans]
    columns = {
        "plan": "plan", "title": "title", "accounts": "accounts", "overridden": "overridden",
        "mail_bytes": "mail", "documents_bytes": "documents",
        "calendar_bytes": "calendar", "contacts_bytes": "contacts", "groups": "groups",
        "members_per_group": "members", "aliases": "aliases", "domains": "domains",
        "managed_accounts": "managed", "free_managed": "free managed", "features": "features",
    }  # fmt: skip
    show_rows(plans, columns, as_json=as_json, none="There are no plans: coserver init makes them.")


@command.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@data_option
def load(file: Path, data: Path | None) -> None:
    """Offer the plans of FILE (TOML); accounts keep theirs until `account plan` moves them."""
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"{file} cannot be read: {error}.") from error
    for stored in once(data, "plan load", text=text):
        click.echo(f"{stored['plan']}: version {stored['version']}, {'new' if stored['new'] else 'as before'}")
