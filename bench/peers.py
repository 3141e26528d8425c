"""The peers that the house is measured against, each in a folder of its own, on loopback, without TLS.

Every peer runs as its package ships it, but for what loopback and a private folder demand. A peer is
stopped by the process, or the control program of the very instance, that started it.
"""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

USER, PASSWORD = "bench", "bench"
START_SECONDS = 120  # the house makes a thousand accounts first


def wait_for(port: int, process: "subprocess.Popen[bytes] | None" = None) -> None:
    """Until something accepts connections on the port.

    Raises:
        RuntimeError: nothing did, or the process ended.
    """
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"{process.args} ended with status {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


@contextlib.contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A foreground server, stopped at the end.

    Raises:
        RuntimeError: it did not start, or something else listens on its port already.
    """
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        raise RuntimeError(f"something else listens on port {port}: it would be measured instead")
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)  # noqa: S603 -- ours
        try:
            wait_for(port, process)
            yield process
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def dovecot(folder: Path, port: int) -> Iterator[int]:
    """Dovecot with sdbox, as Debian ships it; gives its pid."""
    mail = folder / "mail"
    mail.mkdir(parents=True)
    shutil.chown(mail, "mail", "mail")
    for part in (folder, *folder.parents[:-1]):
        if part.stat().st_uid == os.getuid() and part.is_relative_to(folder.parent):
            part.chmod(0o755)
    config = folder / "dovecot.conf"
    config.write_text(
        f"""base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
ssl = no
disable_plaintext_auth = no
listen = 127.0.0.1
first_valid_uid = 1
mail_uid = mail
mail_gid = mail
mail_location = sdbox:{mail}/%u
default_client_limit = 2000
mail_max_userip_connections = 1000
namespace inbox {{
  inbox = yes
  separator = /
}}
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={mail}/%u
}}
service imap-login {{
  service_count = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""
    )
    (folder / "state").mkdir()
    with running(["dovecot", "-F", "-c", str(config)], port, folder / "out.log") as process:
        yield process.pid


@contextlib.contextmanager
def postfix(folder: Path, port: int) -> Iterator[int]:
    """Postfix as an instance of its own, delivering into a maildir; gives the pid of its master."""
    config, queue, data, mail = (folder / name for name in ("etc", "queue", "data", "mail"))
    for part in (config, queue, data, mail):
        part.mkdir(parents=True)
    folder.chmod(0o755)
    shutil.chown(data, "postfix")
    shutil.chown(mail, "mail", "mail")
    master = Path("/etc/postfix/master.cf").read_text(encoding="utf-8")
    lines = [line for line in master.splitlines() if not line.startswith("smtp      inet")]
    config.joinpath("master.cf").write_text("\n".join([f"127.0.0.1:{port} inet n - n - - smtpd", *lines]) + "\n")
    config.joinpath("main.cf").write_text(
        f"""compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
multi_instance_enable = yes
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = peer.test
mydestination =
virtual_mailbox_domains = example.test
virtual_mailbox_base = {mail}
virtual_mailbox_maps = static:{USER}/
virtual_uid_maps = static:{_id_of("mail")}
virtual_gid_maps = static:{_id_of("mail")}
virtual_minimum_uid = 1
mynetworks = 127.0.0.0/8
smtpd_peername_lookup = no
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
smtpd_recipient_limit = 2000
smtpd_tls_security_level = may
smtpd_tls_chain_files = {folder}/peer.pem
alias_maps =
"""
    )
    _certificate(folder / "peer.pem")
    _quiet(["postfix", "-c", str(config), "check"])
    _quiet(["postfix", "-c", str(config), "start"])
    try:
        wait_for(port)
        yield int((queue / "pid" / "master.pid").read_text().strip())
    finally:
        _quiet(["postfix", "-c", str(config), "stop"])


@contextlib.contextmanager
def apache(folder: Path, port: int) -> Iterator[int]:
    """Apache with mod_dav_fs and Basic authentication, as Debian ships it; gives its pid."""
    root = folder / "root"
    root.mkdir(parents=True)
    folder.chmod(0o755)
    shutil.chown(root, "www-data", "www-data")
    shutil.chown(folder, "www-data", "www-data")
    _quiet(["htpasswd", "-bcB", str(folder / "users"), USER, PASSWORD])
    wanted = (
        "mpm_event authn_core authn_file authn_socache socache_shmcb authz_core authz_user auth_basic dav dav_fs "
        "mime dir setenvif"
    )
    modules = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in wanted.split())
    config = folder / "apache.conf"
    config.write_text(
        f"""ServerRoot {folder}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/pid
ErrorLog {folder}/error.log
User www-data
Group www-data
{modules}
TypesConfig /etc/mime.types
DocumentRoot {root}
DavLockDB {folder}/locks
LimitXMLRequestBody 10000000
KeepAlive On
MaxKeepAliveRequests 0
DirectorySlash Off
<Directory {root}>
  Dav On
  DavDepthInfinity on
  AuthType Basic
  AuthName bench
  AuthBasicProvider socache file
  AuthnCacheProvideFor file
  AuthUserFile {folder}/users
  Require valid-user
</Directory>
"""
    )
    command = ["apache2", "-d", str(folder), "-f", str(config), "-D", "FOREGROUND"]
    with running(command, port, folder / "out.log") as process:
        yield process.pid


def radicale(program: Path) -> Callable[[Path, int], contextlib.AbstractContextManager[int]]:
    """Stock Radicale with its file storage, from an environment of its own."""

    @contextlib.contextmanager
    def start(folder: Path, port: int) -> Iterator[int]:
        folder.mkdir(parents=True)
        (folder / "users").write_text(f"{USER}:{PASSWORD}\n")
        config = folder / "config"
        config.write_text(
            f"""[server]
hosts = 127.0.0.1:{port}
max_connections = 100
[auth]
type = htpasswd
htpasswd_filename = {folder}/users
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = {folder}/collections
[logging]
level = warning
"""
        )
        with running([str(program), "--config", str(config)], port, folder / "out.log") as process:
            yield process.pid

    return start


def _certificate(path: Path) -> None:
    key, certificate = path.with_suffix(".key"), path.with_suffix(".crt")
    _quiet(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
            "2", "-subj", "/CN=peer.test", "-keyout", str(key), "-out", str(certificate),
        ]
    )  # fmt: skip
    path.write_text(key.read_text() + certificate.read_text())


def _id_of(name: str) -> int:
    return pwd.getpwnam(name).pw_uid


def _quiet(command: list[str]) -> None:
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- ours
    if run.returncode:
        raise RuntimeError(f"{' '.join(command)}: {run.stdout}{run.stderr}")
