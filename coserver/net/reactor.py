"""The one event loop of a serving process: asyncio's, with Twisted on top of it.

Invariant: `install` comes before anything imports `twisted.internet.reactor`, or Twisted would
choose a loop that aiosmtpd cannot share; what Twisted logs goes where
all events go.
"""

import asyncio
import sys
from typing import cast

from twisted.internet import asyncioreactor
from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.logger import STDLibLogObserver, globalLogBeginner


def install() -> AsyncioSelectorReactor:
    """Make the loop and put Twisted on it; a second call gives the same."""
    if "twisted.internet.reactor" not in sys.modules:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        asyncioreactor.install(loop)
        globalLogBeginner.beginLoggingTo([STDLibLogObserver("twisted")], redirectStandardIO=False)
    return cast(AsyncioSelectorReactor, sys.modules["twisted.internet.reactor"])
