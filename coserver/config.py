"""The configuration: one TOML file, read once into frozen values.

Nobody else reads the environment or the file. Each setting says here what it means, in which unit
and between which bounds; the sample `conf/coserver.toml` is printed from these words, and an unknown
or impossible setting is refused with the name of the file and of the setting.
"""

import ipaddress
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar, cast

SYSTEM_FILE = Path("/etc/coserver/coserver.toml")
FILE_NAME = "coserver.toml"  # in the data folder

T = TypeVar("T")


class ConfigError(Exception):
    """The configuration cannot be used; the text names the file, the setting and what to do."""


def _setting(default: T, meaning: str, *, low: int | None = None, high: int | None = None, shown: bool = True) -> T:
    metadata = {"meaning": meaning, "low": low, "high": high}
    return field(default=default, repr=shown, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Server:
    """Where the house stands."""

    data: str = _setting("/var/lib/coserver", "the data folder: store, blobs, certificates, control socket")
    domain: str = _setting("localhost", "the default domain: whose accounts may log in with the bare name")
    host: str = _setting("", "the name this server goes by in greetings and certificates; empty: the domain")
    web: str = _setting(
        "", "where people reach the HTTPS port, such as https://mail.example.org; empty: by that name and that port"
    )
    plan: str = _setting("standard", "the plan of accounts that are made without naming one")
    operators: tuple[str, ...] = _setting(
        (), "logins for which the portal has the operator's pages; each needs a second factor. Empty: nobody has them"
    )
    listen: tuple[str, ...] = _setting(("0.0.0.0", "::"), "addresses on which all ports are opened")  # noqa: S104
    listen_tls: tuple[str, ...] = _setting((), "addresses on which only the ports that are TLS throughout are opened")
    plaintext_on_loopback: bool = _setting(
        False, "accept passwords without TLS from this machine itself; never from elsewhere"
    )

    @property
    def name(self) -> str:
        """The name in greetings, Received fields and certificates."""
        return self.host or self.domain


@dataclass(frozen=True, slots=True)
class Ports:
    """Where each service listens; 0 turns a service off."""

    imap: int = _setting(143, "IMAP with STARTTLS", low=0, high=65535)
    imaps: int = _setting(993, "IMAP over TLS", low=0, high=65535)
    smtp: int = _setting(25, "mail from other servers", low=0, high=65535)
    submission: int = _setting(587, "mail from account holders, with STARTTLS", low=0, high=65535)
    submissions: int = _setting(465, "mail from account holders, over TLS", low=0, high=65535)
    lmtp: int = _setting(0, "LMTP over TCP, on loopback only; 0: none", low=0, high=65535)
    lmtp_socket: str = _setting("lmtp.sock", "LMTP on a Unix socket, relative to the data folder; empty: none")
    http: int = _setting(0, "DAV without TLS, for trying and behind a proxy on this machine", low=0, high=65535)
    https: int = _setting(443, "CalDAV, CardDAV and the drive over TLS", low=0, high=65535)
    status: int = _setting(9090, "/metrics and /health, on loopback only", low=0, high=65535)


@dataclass(frozen=True, slots=True)
class Tls:
    """Certificates; they are read again on SIGHUP."""

    folder: str = _setting(
        "certificates",
        "NAME.pem files (key and chain), default.pem for other names; relative to the data folder",
    )
    names: tuple[str, ...] = _setting((), "further names and addresses of the certificate that is made at first start")
    authority: str = _setting(
        "", "the domain of the only authority that may issue certificates, as letsencrypt.org (CAA); empty: any may"
    )


@dataclass(frozen=True, slots=True)
class Smtp:
    """Mail in and out."""

    max_message_bytes: int = _setting(67_108_864, "largest message taken, in bytes", low=65_536, high=1 << 31)
    max_recipients: int = _setting(1000, "recipients of one message", low=100, high=100_000)
    idle_seconds: int = _setting(300, "how long a client may be silent, in seconds", low=10, high=3600)
    smarthost: str = _setting("", "HOST or HOST:PORT that takes all outside mail; empty: the MX of each domain")
    smarthost_login: str = _setting("", "login at the smarthost; empty: none")
    smarthost_password: str = _setting("", "password at the smarthost", shown=False)
    sts: str = _setting(
        "testing",
        "what other servers do that cannot bring mail over TLS with a good certificate (MTA-STS): "
        "none (nothing is said), testing (they report it), enforce (they keep the mail)",
    )
    hold_outside: bool = _setting(False, "keep mail for outside in the outbox and never send it")
    retry_minutes: int = _setting(15, "first wait before sending again, in minutes; it doubles up to 4 hours", low=1)
    give_up_hours: int = _setting(120, "after so many hours a message that cannot be sent is returned", low=1)
    connections_out: int = _setting(20, "connections to other servers at a time", low=1, high=1000)


@dataclass(frozen=True, slots=True)
class Dns:
    """The domain name system: where mail goes, and whether domains are set up."""

    servers: tuple[str, ...] = _setting(
        (), "name servers to ask, as ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT; empty: those of the machine"
    )
    seconds: int = _setting(20, "how long one question may take, in seconds", low=1, high=120)


@dataclass(frozen=True, slots=True)
class Imap:
    """Sessions of mail programs."""

    idle_seconds: int = _setting(1860, "how long a client may be silent, in seconds (RFC 9051 5.4)", low=1800)
    login_seconds: int = _setting(60, "how long a client may take to log in, in seconds", low=5, high=3600)
    max_literal_bytes: int = _setting(67_108_864, "largest message taken by APPEND, in bytes", low=65_536, high=1 << 31)
    max_line_bytes: int = _setting(65_536, "longest command line, in bytes", low=8192, high=1 << 20)


@dataclass(frozen=True, slots=True)
class Dav:
    """Calendars, contacts and the drive."""

    max_resource_bytes: int = _setting(10_485_760, "largest event, task or contact, in bytes", low=65_536)
    max_file_bytes: int = _setting(1 << 40, "largest file on the drive, in bytes; room is a matter of the plan", low=1)
    max_xml_bytes: int = _setting(4_194_304, "largest XML body of a request, in bytes", low=65_536)
    idle_seconds: int = _setting(120, "how long a connection may be silent, in seconds", low=5, high=3600)


@dataclass(frozen=True, slots=True)
class Accounts:
    """How accounts begin and end."""

    sign_up_plan: str = _setting("free", "the plan of accounts that people sign up for, unless another is named")
    sign_up_hours: int = _setting(24, "hours that a sign-up waits to be confirmed before its name is free", low=1)
    recovery_hours: int = _setting(24, "how long a code for recovery is good, in hours", low=1, high=168)
    expiring_plans: tuple[str, ...] = _setting(
        ("free",), "plans whose accounts end when nobody uses them; empty: none. An account that is paid for never does"
    )
    free_inactivity_days: int = _setting(
        210,
        "after so many days without a login such an account is suspended; its owner is warned five times from 60 days "
        "before. Without an external address to warn it stays",
        low=90,
    )
    lapsed_days: int = _setting(30, "so many days after that suspension it is erased", low=1)
    undo_days: int = _setting(14, "how long a deleted account can be restored, in days; 0: not at all", low=0)
    address_rest_days: int = _setting(365, "for how many days nobody gets the addresses of an erased account", low=0)
    password_age_days: int = _setting(365, "after so many days the owner of a password is advised to renew it", low=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one stranger may use up."""

    connections_per_address: int = _setting(1000, "open connections of one address (IPv6: one /64)", low=1)
    connections: int = _setting(20_000, "open connections altogether", low=10)


@dataclass(frozen=True, slots=True)
class Threads:
    """Work beside the network."""

    threads: int = _setting(4, "threads that read the store", low=1, high=64)
    queue: int = _setting(2000, "requests that may wait for a thread before clients are told to come back", low=1)
    hash_threads: int = _setting(2, "threads that verify passwords", low=1, high=16)
    hash_queue: int = _setting(2000, "passwords that may wait to be verified", low=1)


@dataclass(frozen=True, slots=True)
class Log:
    """What is written to standard error."""

    level: str = _setting("info", "debug, info, warning or error")


@dataclass(frozen=True, slots=True)
class Config:
    """All settings."""

    server: Server = Server()
    ports: Ports = Ports()
    tls: Tls = Tls()
    smtp: Smtp = Smtp()
    dns: Dns = Dns()
    imap: Imap = Imap()
    dav: Dav = Dav()
    accounts: Accounts = Accounts()
    limits: Limits = Limits()
    pool: Threads = Threads()
    log: Log = Log()

    @property
    def web(self) -> str:
        """Where people reach this server with a browser, without a slash at its end."""
        port = f":{self.ports.https}" if self.ports.https not in (0, 443) else ""
        return self.server.web.rstrip("/") or f"https://{self.server.name}{port}"

    @property
    def data(self) -> Path:
        """The data folder."""
        return Path(self.server.data)


def read(path: Path) -> Config:
    """The settings of a file; what it leaves out has its default.

    Raises:
        ConfigError: the file cannot be read, is not TOML, or a setting is unknown or out of bounds.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not a TOML file: {error}") from error
    return parse(tables, source=str(path))


def find(environment: Mapping[str, str], data: Path | None) -> Config:
    """The configuration in force: $COSERVER_CONFIG, else the one in `data`, else the system's, else the defaults.

    `data`, when given, takes the place of the data folder that the file names.
    """
    named = environment.get("COSERVER_CONFIG", "")
    places = [Path(named)] if named else [*([data / FILE_NAME] if data else []), SYSTEM_FILE]
    found = next((place for place in places if named or place.is_file()), None)
    config = read(found) if found else Config()
    return relocated(config, data) if data else config


def relocated(config: Config, data: Path) -> Config:
    """The same settings on another data folder."""
    return changed(config, "server", data=str(data))


def changed(config: Config, section: str, **values: object) -> Config:
    """The same settings but for some of one section; nothing is checked."""
    tables = {part.name: getattr(config, part.name) for part in fields(Config)}
    former = tables[section]
    settings: dict[str, Any] = {one.name: getattr(former, one.name) for one in fields(former)}
    tables[section] = type(former)(**{**settings, **values})
    return Config(**tables)


def parse(tables: Mapping[str, object], *, source: str) -> Config:
    """Settings from the tables of a TOML document; `source` is named in errors."""
    known = {part.name: part for part in fields(Config)}
    for name, table in tables.items():
        if name not in known or not isinstance(table, dict):
            raise ConfigError(f"{source}: [{name}] is not a section; there are: {', '.join(known)}")
    sections: dict[str, Any] = {
        name: _section(part, tables.get(name, {}), f"{source}: {name}") for name, part in known.items()
    }
    return Config(**sections)


def _section(part: "Field[Any]", table: object, source: str) -> object:
    kind: Any = type(part.default)
    known = {one.name: one for one in fields(kind)}
    values: dict[str, object] = {}
    for name, value in cast(dict[str, object], table).items():
        if name not in known:
            raise ConfigError(f"{source}.{name}: there is no such setting; there are: {', '.join(known)}")
        values[name] = _checked(known[name], value, f"{source}.{name}")
    made: object = kind(**values)
    return made


_WORDS = {"level": ("debug", "info", "warning", "error"), "sts": ("none", "testing", "enforce")}


def _checked(one: "Field[Any]", value: object, source: str) -> object:
    if isinstance(one.default, tuple):
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise ConfigError(f'{source}: must be a list of texts such as ["127.0.0.1"]')
        if one.name.startswith("listen"):
            _check_addresses(value, source)
        if one.name == "servers":
            _check_servers(value, source)
        return tuple(value)
    if type(value) is not type(one.default):
        words = {bool: "true or false", int: "a whole number", str: "a text in quotes"}
        raise ConfigError(f"{source}: must be {words[type(one.default)]}, not {value!r}")
    low, high = one.metadata["low"], one.metadata["high"]
    if isinstance(value, int) and ((low is not None and value < low) or (high is not None and value > high)):
        raise ConfigError(f"{source}: must be {_bounds(low, high)}, not {value}")
    words_of = _WORDS.get(one.name, ())
    if words_of and value not in words_of:
        raise ConfigError(f"{source}: must be {', '.join(words_of[:-1])} or {words_of[-1]}, not {value!r}")
    return value


def _check_addresses(values: list[str], source: str) -> None:
    for value in values:
        try:
            ipaddress.ip_address(value)
        except ValueError as error:
            raise ConfigError(f"{source}: {value!r} is not an address such as 127.0.0.1 or ::") from error


def address_and_port(text: str, port: int) -> tuple[str, int]:
    """The two parts of ``ADDRESS``, ``ADDRESS:PORT`` or ``[ADDRESS]:PORT``, with `port` where there is none.

    Raises:
        ValueError: it is none of them.
    """
    host, number = text, str(port)
    if text.startswith("[") or text.count(":") == 1:
        host, _, number = text.rpartition(":")
    address = str(ipaddress.ip_address(host.removeprefix("[").removesuffix("]")))
    if not (number.isascii() and number.isdigit() and 0 < int(number) < 65536):
        raise ValueError(text)
    return address, int(number)


def _check_servers(values: list[str], source: str) -> None:
    for value in values:
        try:
            address_and_port(value, 53)
        except ValueError as error:
            raise ConfigError(f"{source}: {value!r} is no name server such as 192.0.2.1 or [::1]:5353") from error


def _bounds(low: int | None, high: int | None) -> str:
    if high is None:
        return f"at least {low}"
    return f"between {low} and {high}"


def sample(config: Config | None = None) -> str:
    """A TOML file with every setting, what it means, and its value in `config` (the default if None).

    Settings at their default are commented out.
    """
    return "\n".join(_lines(config or Config())) + "\n"


def _lines(config: Config) -> Iterator[str]:
    yield "# coserver: every setting with its default. Take the # away to change one."
    for part in fields(Config):
        section = getattr(config, part.name)
        yield ""
        yield f"# {(type(section).__doc__ or '').splitlines()[0]}"
        yield f"[{part.name}]"
        for one in fields(section):
            value = getattr(section, one.name)
            yield f"# {one.metadata['meaning']}"
            yield f"{'# ' if value == one.default else ''}{one.name} = {_toml(value)}"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(word) for word in value) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return str(value)
