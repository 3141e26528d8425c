"""Has mail to groups copied to their members: at once when it comes, and what was left of it after a crash.

Invariant: one worker, one short step at a time, so that neither the writer nor a thread is held for long
however many members there are. What is released in a mail program is found at the next look.
"""

import asyncio
import logging
from contextlib import suppress

from coserver.log import event, failure
from coserver.mail import copies
from coserver.model.errors import HouseError
from coserver.net.kit import Kit
from coserver.smtp.core import Core

log = logging.getLogger(__name__)

LOOK_SECONDS = 3.0  # at the latest, whether it was woken or not
_FAULT_SECONDS = 60.0


class Copier:
    """The one worker.

    Args:
        kit: the house.
    """

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self._core = Core(kit)
        self._awake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    def start(self) -> None:
        """Begin to work, on the running asyncio loop."""
        self._loop = asyncio.get_event_loop()
        if not self._stopped:
            self._task = self._loop.create_task(self._work())
            self._task.add_done_callback(self._fell)

    def _fell(self, task: "asyncio.Task[None]") -> None:
        """The loop met a fault of ours: log it, and begin again after a while."""
        if not task.cancelled() and (error := task.exception()) is not None and self._loop is not None:
            self._kit.metrics.faults.labels("smtp").inc()
            failure(log, "copier-fault", error)
            self._loop.call_later(_FAULT_SECONDS, self.start)

    async def stop(self) -> None:
        """End; what is left is done after the next start."""
        self._stopped = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def wake(self) -> None:
        """There is something to copy; may be called on any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._awake.set)

    async def _work(self) -> None:
        while True:
            self._awake.clear()
            try:
                while await self._core.run(self._step):
                    continue
            except HouseError as error:  # the pool or the disk is full: later
                event(log, "copier-waits", level=logging.WARNING, why=error.text)
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._awake.wait()

    def _step(self) -> bool:
        return copies.step(self._kit.store, base=self._kit.config.web)
