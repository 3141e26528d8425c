"""Running a house from the command line; the heavy half of the program is loaded here and not before.

Invariant: the reactor is installed before anything of the house is imported that might ask for one.
"""

from collections.abc import Callable

from coserver import log
from coserver.config import Config


def run(config: Config, *, began: Callable[[], None]) -> None:
    """Serve until SIGTERM; `began` is called when every listener answers. A mistyped folder is not made one.

    Raises:
        HouseError: it could not begin; the text says what to do.
    """
    from coserver.net import reactor  # noqa: PLC0415

    reactor.install()
    from coserver import service  # noqa: PLC0415
    from coserver.cli import offline  # noqa: PLC0415

    offline.need_folder(config)
    log.start(config.log.level)
    service.run(config, began=lambda _: began())
