"""Pages that are made after something else was done that nobody can wait for on a thread."""

from collections.abc import Callable
from dataclasses import dataclass

from coserver.net.http.replies import Reply
from coserver.net.submission import Submission
from coserver.web.visit import Visit


@dataclass(frozen=True, slots=True)
class Later:
    """What is to be sent, and on a thread again the page that says that it was; if not, the form of `visit`."""

    visit: Visit
    submission: Submission
    then: Callable[[], Reply]
