"""What every edge is built from: one value that holds all the parts an edge may use.

Invariant: the composition root makes the one Kit of the process; an edge takes nothing from elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coserver.clock import Clock
from coserver.config import Config
from coserver.net.bell import Bell
from coserver.net.pool import Pool

if TYPE_CHECKING:
    from coserver.auth.login import Login
    from coserver.net.entry import Entry
    from coserver.net.limits import Limits
    from coserver.net.metrics import Metrics
    from coserver.net.tls import CertificateStore
    from coserver.store.engine import Store


@dataclass(frozen=True, slots=True)
class Kit:
    """The parts of the house that edges use.

    `pool` is the one way to the synchronous core, `entry` the one way to log in, `bell` tells of
    changes, `limits` is asked before a connection is served, `certificates` serve both TLS stacks.
    """

    config: Config
    clock: Clock
    store: Store
    login: Login
    pool: Pool
    entry: Entry
    bell: Bell
    limits: Limits
    certificates: CertificateStore
    metrics: Metrics
