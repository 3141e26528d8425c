"""`coserver serve`: the house, until it is told to stop."""

import os
import socket
from pathlib import Path

import click

from coserver.cli import serving
from coserver.cli.options import configuration, data_option


@click.command
@data_option
def command(data: Path | None) -> None:
    """Run the server in the foreground; SIGTERM stops it, SIGHUP reads certificates again."""
    serving.run(configuration(data), began=_tell_systemd)


def _tell_systemd() -> None:
    """Say to a service manager that waits for it that every listener answers (sd_notify(3))."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
            systemd.connect("\0" + address[1:] if address.startswith("@") else address)
            systemd.send(b"READY=1")
