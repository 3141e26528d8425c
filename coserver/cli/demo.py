"""`coserver demo`: a complete house for trying and testing; what it promises is in docs/operate/demo.md."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from tabulate import tabulate

from coserver import config
from coserver.cli import serving
from coserver.cli.options import data_option
from coserver.config import Config
from coserver.model.errors import Unusable

if TYPE_CHECKING:
    from coserver.accounts.many import Row

_HOST = "127.0.0.1"
_MARK = "# Written by `coserver demo` at every start."
_PORTS = {
    "imap": 143, "imaps": 993, "smtp": 25, "submission": 587, "submissions": 465, "lmtp": 24, "http": 80,
    "https": 443, "status": 90,
}  # fmt: skip


@click.command
@data_option
@click.option("--port-base", type=click.IntRange(1024, 64542), default=20000, show_default=True, metavar="P",
              help="Listen on P+143, P+993 and so on.")  # fmt: skip
@click.option("--listen", metavar="ADDRESS", help="Open the ports that are TLS throughout on this address too.")
@click.option("--ready-file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Written as JSON when every listener answers.")  # fmt: skip
@click.option("--accounts", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE.csv",
              help="More accounts: a line each, login,password[,plan[,group...]].")  # fmt: skip
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="warning",
              show_default=True, help="What is written to standard error while it runs.")  # fmt: skip
def command(
    data: Path | None,
    port_base: int,
    listen: str | None,
    ready_file: Path | None,
    accounts: Path | None,
    log_level: str,
) -> None:
    """Start a complete server for trying, in the foreground, and say what to type into each client."""
    from coserver.cli import rows, seed  # noqa: PLC0415 - loads the store

    settings = demo_config(data or Path(".demo"), port_base, listen=listen, log_level=log_level)
    wanted = seed.people(rows.read(accounts) if accounts else [])
    _fill(settings, wanted)

    def began() -> None:
        if ready_file is not None:
            write_ready(ready_file, ready(settings, wanted))
        click.echo(welcome(settings))

    serving.run(settings, began=began)


def demo_config(data: Path, base: int, *, listen: str | None = None, log_level: str = "warning") -> Config:
    """The settings of a demo."""
    ports = {name: base + port for name, port in _PORTS.items()}
    settings = config.relocated(Config(), data.absolute())
    settings = config.changed(
        settings, "server", domain="example.test", plan="demo", listen=(_HOST,), listen_tls=(listen,) if listen else (),
        web=f"https://{_reached(listen)}:{ports['https']}", plaintext_on_loopback=True,
    )  # fmt: skip
    settings = config.changed(settings, "ports", **ports, lmtp_socket="")
    settings = config.changed(settings, "smtp", hold_outside=True)
    settings = config.changed(settings, "accounts", sign_up_plan="demo", address_rest_days=0)
    return config.changed(settings, "log", level=log_level)


def _reached(listen: str | None) -> str:
    """The name in links of letters, which are opened beside the demo or on a device that reaches it; on this machine a
    name and no address, since passkeys take none."""
    if listen in (None, "0.0.0.0", "::"):  # noqa: S104 - compared, not opened
        return "localhost"
    return f"[{listen}]" if ":" in str(listen) else str(listen)


def _fill(settings: Config, wanted: "list[Row]") -> None:
    from coserver.accounts.opening import open_store  # noqa: PLC0415 - loads the store
    from coserver.cli import seed  # noqa: PLC0415
    from coserver.clock import SystemClock  # noqa: PLC0415

    store = open_store(settings.data, clock=SystemClock())
    try:
        with click.progressbar(
            length=len(wanted), label="accounts", file=sys.stderr, hidden=not sys.stderr.isatty()
        ) as bar:
            seed.fill(store, wanted, threads=settings.pool.hash_threads, progress=bar.update)
    finally:
        store.close()
    _keep(settings)


def _keep(settings: Config) -> None:
    """Leave the settings in the folder, for the command line; a file of somebody else's is left alone."""
    path = settings.data / config.FILE_NAME
    if not path.exists() or path.read_text("utf-8", "replace").startswith(_MARK):
        path.write_text(f"{_MARK}\n{config.sample(settings)}", "utf-8")


def ready(settings: Config, wanted: "list[Row]") -> Mapping[str, Any]:
    """What the ready file says."""
    ports = {name: getattr(settings.ports, name) for name in _PORTS if name != "status"}
    web = f"http://{_HOST}:{settings.ports.http}"
    return {
        "pid": os.getpid(),
        "ports": ports,
        "urls": {
            "caldav": f"{web}/",
            "carddav": f"{web}/",
            "drive": f"{web}/drive/",
            "metrics": f"http://{_HOST}:{settings.ports.status}/metrics",
        },
        "certificate": _certificate(settings),
        "accounts": [{"login": row.login, "password": row.password} for row in wanted],
    }


def _certificate(settings: Config) -> str:
    return str(settings.data / settings.tls.folder / "self-signed.pem")


def write_ready(path: Path, told: Mapping[str, Any]) -> None:
    """Put the file there in one step, so that nobody reads half of it.

    Raises:
        Unusable: it cannot be written.
    """
    fresh = path.with_name(path.name + ".new")
    try:
        fresh.write_text(json.dumps(told, indent=2) + "\n", "utf-8")
        fresh.replace(path)
    except OSError as error:
        raise Unusable(f"The ready file {path} cannot be written: {error.strerror}.") from error


def welcome(settings: Config) -> str:
    """What to type into each client."""
    ports, web = settings.ports, f"http://{_HOST}:{settings.ports.http}"
    secure = f"https://{_HOST}:{ports.https}"
    rows = [
        ("a browser", f"{settings.web}/", "TLS"),
        ("mail, incoming", f"IMAP, server {_HOST}, port {ports.imaps}", "SSL/TLS"),
        ("", f"or port {ports.imap}", "STARTTLS"),
        ("mail, outgoing", f"SMTP, server {_HOST}, port {ports.submissions}", "SSL/TLS"),
        ("", f"or port {ports.submission}", "STARTTLS"),
        ("calendar, contacts", f"{web}/", "none"),
        ("", f"{secure}/", "TLS"),
        ("drive", f"{web}/drive/", "none"),
        ("", f"{secure}/drive/", "TLS"),
        ("mail from elsewhere", f"SMTP, port {ports.smtp}; LMTP, port {ports.lmtp}", "STARTTLS; none"),
        ("metrics, health", f"http://{_HOST}:{ports.status}/metrics and /health", "none"),
    ]
    return "\n".join(
        [
            "",
            "coserver is running. Type this into your programs:",
            "",
            tabulate(rows, headers=("in", "type", "security"), tablefmt="simple"),
            "",
            "Log in as alice, bob, carol or dave with the password demo-alice-pass, demo-bob-pass and so on.",
            "alice, bob and carol share the group team; they write to it at team@example.test.",
            "Mail for outside is kept here and never sent.",
            "Programs ask whether to trust the certificate, or must be told of its file:",
            _certificate(settings),
            *(f"With TLS it can be reached at {one} too." for one in settings.server.listen_tls),
            f"The data are in {settings.data}. Ctrl-C stops it.",
        ]
    )
