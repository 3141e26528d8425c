"""`coserver plan`: what subscriptions there are to give."""

from pathlib import Path

import click

from coserver.cli.options import data_option, json_option, once, show_rows


@click.group
def command() -> None:
    """Plans on offer."""


@command.command("list")
@data_option
@json_option
def list_(data: Path | None, as_json: bool) -> None:
    """Show all plans in force: capacities and features."""
    columns = {
        "code": "plan", "title": "title", "mail_bytes": "mail", "documents_bytes": "documents",
        "calendar_bytes": "calendar", "contacts_bytes": "contacts", "groups": "groups",
        "members_per_group": "members", "features": "features",
    }  # fmt: skip
    show_rows(once(data, "plan list"), columns, as_json=as_json, none="There are no plans.")
