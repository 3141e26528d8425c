"""Sign-up: the form, the wait for the letter, another letter, the confirmation, and starting over (R20-R24)."""

from urllib.parse import urlencode

from coserver.accounts import signup
from coserver.accounts.signup import Wish
from coserver.clock import milliseconds
from coserver.mail import domains
from coserver.model.errors import Malformed, Unknown
from coserver.model.principal import State
from coserver.net.http.replies import Reply
from coserver.web import rendering
from coserver.web.proofs import Proof, is_in_state
from coserver.web.routes import For, Route
from coserver.web.visit import Visit

_DIGITS = 14  # of a time in milliseconds


def show(visit: Visit) -> Reply:
    """What is asked for."""
    with visit.house.store.read() as tx:
        domain = next((one.name for one in domains.listed(tx)), visit.house.config.server.domain)  # the standard one
    return rendering.page(visit, "sign-up.html", domain=domain)


def join(visit: Visit) -> Reply:
    """Take a sign-up; its confirmation is mailed to the address named."""
    if visit.typed("password") != visit.typed("again"):
        raise Malformed("The two passwords are not the same. Please type them once more.")
    wish = Wish(visit.typed("login"), visit.typed("external"), visit.typed("password"), visit.typed("name"))
    made = signup.sign_up(visit.house, wish)
    return _waiting(visit, made.login)


def wait(visit: Visit) -> Reply:
    """What to do until the letter is there, and when it is not (R23, R24)."""
    login = visit.typed("login") or visit.query.get("login", "")
    sender = login.partition("@")[2] or visit.house.config.server.domain
    at = visit.query.get("at", "")
    sent = int(at) if at.isascii() and at.isdigit() and len(at) <= _DIGITS else 0
    return rendering.page(
        visit, "sign-up-wait.html", login=login, sender=sender, sent=sent, again="again" in visit.query
    )


def resend(visit: Visit) -> Reply:
    """Send the letter once more; the answer is the same whoever asks."""
    login = visit.typed("login")
    signup.resend(visit.house, login)
    return _waiting(visit, login, again="1")


def start_over(visit: Visit, proof: Proof) -> Reply:
    """Give a sign-up up; only who knows its password can."""
    if not is_in_state(proof, State.PENDING):
        raise Unknown("There is no sign-up with this login and password that waits to be confirmed.")
    signup.start_over(visit.house, visit.typed("login"))
    return rendering.redirect("/sign-up?over=1")


def look(visit: Visit) -> Reply:
    """Where the code of the letter is handed in; a link in the letter fills it in, and only the button acts."""
    code = visit.typed("token") or visit.query.get("code", "")
    return rendering.page(visit, "confirm.html", code=code)


def confirm(visit: Visit) -> Reply:
    """Put the account in force."""
    made = signup.confirm(visit.house, visit.typed("token").strip())
    return rendering.page(visit, "confirmed.html", login=made.login)


def _waiting(visit: Visit, login: str, **more: str) -> Reply:
    """On to the page that waits; when the letter went is told in its address, since anybody may look at it."""
    at = str(milliseconds(visit.house.store.clock))
    return rendering.redirect(f"/sign-up/wait?{urlencode({'login': login, 'at': at, **more})}")


ROUTES = (
    Route("GET", "/sign-up", show, For.ALL),
    Route("POST", "/sign-up", join, For.ALL, again=show, paced=True),
    Route("GET", "/sign-up/wait", wait, For.ALL),
    Route("POST", "/sign-up/resend", resend, For.ALL, again=wait, paced=True),
    Route("POST", "/sign-up/start-over", start_over, For.ALL, again=wait, proves=True, paced=True),
    Route("GET", "/confirm", look, For.ALL),
    Route("POST", "/confirm", confirm, For.ALL, again=look, paced=True),
)
