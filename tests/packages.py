"""Outside programs that tests and measurements run, and the Debian packages that hold them.

    python3 tests/packages.py provide LIST

installs what LIST names and the machine lacks: as root with CI=true or INSTALL=1 only; anyone else
is told the line to type. No service starts on the machine by that. A device that a package needs is made
too, where the kernel lets one. Standard library only, because it runs before anything is installed.
"""

import contextlib
import glob
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

POLICY = Path("/usr/sbin/policy-rc.d")  # asked by Debian before a service starts
REFUSE = "#!/bin/sh\nexit 101\n"
DEVICES = {"/dev/fuse": (10, 229)}  # the numbers that Linux gives them


def listed(text: str) -> dict[str, tuple[str, ...]]:
    """Package -> programs, from the text of a list."""
    lines = (line.split("#")[0].split() for line in text.splitlines())
    return {words[0]: tuple(words[1:]) for words in lines if words}


def found(program: str) -> str | None:
    """Where a program is, looked for among the programs of the system too; or a file, by its pattern.

    A device is found where it can be opened.
    """
    if program in DEVICES:
        return program if _opens(program) else None
    if program.startswith("/"):
        return next(iter(glob.glob(program)), None)
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def _opens(device: str) -> bool:
    with contextlib.suppress(OSError):
        os.close(os.open(device, os.O_RDWR))
        return True
    return False


def make_device(device: str, path: str) -> None:
    """Make the node of a device under a path.

    Raises:
        OSError: this account, or the machine, may not.
    """
    os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(*DEVICES[device]))


def is_refused(device: str) -> bool:
    """Whether the machine itself withholds a device: a node of one's own making cannot be opened either."""
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(OSError):
        path = f"{folder}/node"
        make_device(device, path)
        return not _opens(path)
    return True


def lacking(packages: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The packages of which a program is missing."""
    return [package for package, programs in packages.items() if not all(map(found, programs))]


def may_install(environment: Mapping[str, str], uid: int) -> bool:
    """Whether packages may be installed without a person typing the line."""
    return uid == 0 and (environment.get("CI") == "true" or environment.get("INSTALL") == "1")


@contextlib.contextmanager
def no_service_starts(policy: Path = POLICY) -> Iterator[None]:
    """While it lasts, an installed package cannot start its service; an older policy comes back after."""
    before, mode = (policy.read_bytes(), policy.stat().st_mode) if policy.exists() else (None, 0)
    policy.write_text(REFUSE)
    policy.chmod(0o755)
    try:
        yield
    finally:
        if before is None:
            policy.unlink()
        else:
            policy.write_bytes(before)
            policy.chmod(mode)


def install(packages: list[str]) -> int:
    """Install Debian packages without a question; the exit status of apt-get."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=120"]
    update = subprocess.run([*apt, "update"], env=environment, check=False)
    if update.returncode:
        return update.returncode
    with no_service_starts():
        command = [*apt, "install", "--yes", "--no-install-recommends", *packages]
        return subprocess.run(command, env=environment, check=False, stdin=subprocess.DEVNULL).returncode


def provide(path: Path) -> int:
    """Install what a list names and the machine lacks, or say the line to type."""
    packages = listed(path.read_text())
    may = may_install(os.environ, os.getuid())
    for device in DEVICES:
        if may and device in sum(packages.values(), ()) and not Path(device).exists():
            with contextlib.suppress(OSError):
                make_device(device, device)
    missing = lacking(packages)
    if not missing:
        return 0
    if not may:
        sys.stdout.write(
            f"Missing here: {' '.join(missing)}. What needs them will not run. To install them, as root:\n"
            f"    apt-get install --no-install-recommends {' '.join(missing)}\n"
        )
        return 0
    return install(missing)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] != "provide":
        sys.exit("usage: packages.py provide LIST")
    sys.exit(provide(Path(sys.argv[2])))
