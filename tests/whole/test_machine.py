"""Random deeds on a running house, by all ways into it: after each of them all ways agree with the rules.

Five people in three groups, and all that one can do there: by verbs, IMAP, SMTP, CalDAV, CardDAV and on the drive.
After each deed everybody looks at everything by every protocol, and what is shown is what a short model of the rules
says (tests/rights_model.py); the figures of usage are those of a recount. What the model allows is done and must
succeed; what it forbids is tried and must be refused, with the word that the protocol has for it.

`SEED=7` walks that way again, `STEPS=500 ROUNDS=20` walks longer; `ONLY=3,8,9` leaves out all other steps of a walk.
Hypothesis makes walks of its own, and shortens those that end badly.
"""

import itertools
import logging
import os
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.whole.walk import as_operator, by_books, by_drive, by_mail
from tests.whole.walk.world import World

log = logging.getLogger(__name__)

SEED = int(os.environ.get("SEED", "") or random.SystemRandom().randrange(2**31))
ROUNDS = int(os.environ.get("ROUNDS", "2"))
STEPS = int(os.environ.get("STEPS", "30"))
ONLY = [int(step) for step in os.environ.get("ONLY", "").split(",") if step] or range(STEPS)
EVERY = 25  # steps after which the explainer is asked for everything, and the store for its state
WAYS = (as_operator.DEEDS, as_operator.DEEDS, by_mail.DEEDS, by_books.DEEDS, by_drive.DEEDS)  # each as often
BEGINNING = ((by_mail.append, by_books.put, by_books.put, by_drive.put), (*[as_operator.share] * 4, as_operator.give))
Found = Callable[[int], World]

pytestmark = pytest.mark.timeout(120 + 10 * STEPS * ROUNDS)


@pytest.fixture
def found(lasting: Any) -> Iterator[Found]:
    """Worlds in one running house, one after the other."""
    made: list[World] = []

    def make(seed: int) -> World:
        made.append(World(lasting, next(_numbers), seed))
        return made[-1]

    yield make
    for world in made:
        world.close()


_numbers = itertools.count(1)


def begin(world: World) -> None:
    """Put some things and share them, with a look after each two dozen deeds only."""
    world.look()
    for deeds in BEGINNING:
        for _ in range(24):
            world.random.choice(deeds)(world)
        world.look()


def do(world: World, step: str) -> None:
    """One deed, chosen by a seed of its own, and the look at what came of it."""
    world.random.seed(step)
    world.random.choice(world.random.choice(WAYS))(world)
    world.look()
    world.explain()


@pytest.mark.parametrize("number", range(ROUNDS))
def test_walk_when_deeds_come_in_any_order_then_all_ways_agree_with_the_rules(found: Found, number: int) -> None:
    """R13, R14, R16, R17, R47, R48, R57, S6, S7, S10: of five people in three groups, by all protocols."""
    seed = SEED + number
    world = found(seed)
    try:
        begin(world)
        for step in ONLY:
            do(world, f"{seed}/{step}")
            if step % EVERY == EVERY - 1:
                world.explain(everything=True)
                world.doctor()
        world.explain(everything=True)
        world.doctor()
    except AssertionError as error:
        error.add_note(f"SEED={seed}, after:\n" + "\n".join(world.told))
        raise
    log.info("SEED=%d: %d deeds, %d of them done, %d questions", seed, len(world.told), world.done, world.probes)


def test_walk_when_hypothesis_chooses_then_all_ways_agree_with_the_rules(found: Found) -> None:
    numbers = itertools.count()

    class Walk(RuleBasedStateMachine):
        """Deeds of one way or another; each draws what it needs from a number."""

        @initialize()
        def begin(self) -> None:
            self.world = found(SEED + next(numbers) % 2)
            begin(self.world)

        @rule(way=st.sampled_from(WAYS), which=st.integers(0, 100), draw=st.integers(0, 2**16))
        def act(self, way: Any, which: int, draw: int) -> None:
            self.world.random.seed(draw)
            way[which % len(way)](self.world)

        @invariant()
        def all_agree(self) -> None:
            if hasattr(self, "world"):
                self.world.look()

        def teardown(self) -> None:
            if hasattr(self, "world"):
                self.world.close()

    wanted = settings(
        max_examples=ROUNDS,
        stateful_step_count=max(8, STEPS // 4),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
        database=None,
    )
    run_state_machine_as_test(Walk, settings=wanted)
