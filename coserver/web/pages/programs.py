"""Programs and devices: how each is set up, and the app passwords that they log in with."""

from collections.abc import Mapping
from dataclasses import dataclass

from coserver.accounts import accounts
from coserver.accounts.setup.places import Places
from coserver.auth import credentials, second
from coserver.auth.credentials import Secret
from coserver.model.errors import HouseError, Missing, Unusable
from coserver.model.plan import Feature
from coserver.net import certificates
from coserver.net.http.replies import Reply
from coserver.quota import plans
from coserver.web import pictures, rendering
from coserver.web.routes import Route
from coserver.web.setup import links, mobileconfig, signature
from coserver.web.visit import Visit

_MAIL = (Feature.IMAP, Feature.SMTP)
_DAV = (Feature.CALDAV, Feature.CARDDAV)
_FILE = "coserver.mobileconfig"


@dataclass(frozen=True, slots=True)
class Device:
    """A program or device as people call it, and the services that it logs in to."""

    title: str
    services: tuple[Feature, ...]


DEVICES: Mapping[str, Device] = {
    "thunderbird": Device("Thunderbird", (*_MAIL, *_DAV)),
    "outlook": Device("Outlook", _MAIL),
    "apple": Device("iPhone, iPad, Mac", (*_MAIL, *_DAV)),
    "android": Device("Android", (*_MAIL, *_DAV, Feature.WEBDAV)),
    "drive": Device("Windows, macOS, Linux", (Feature.WEBDAV,)),
    "other": Device("", tuple(Feature)),
}


def show(visit: Visit) -> Reply:
    """All devices, and the app passwords there are."""
    account = visit.who.account
    with visit.house.store.read() as tx:
        apps = credentials.apps(tx, account)
        on = second.is_on(tx, account)
    saved = "revoked" in visit.query
    return rendering.page(visit, "programs.html", devices=DEVICES, apps=apps, second_factor=on, revoked=saved)


def device(visit: Visit, name: str) -> Reply:
    """How one is set up."""
    return _page(visit, name, made="")


def make(visit: Visit, name: str) -> Reply:
    """An app password for it, shown this once."""
    known, secret = _device(name), credentials.make()
    _keep(visit, known, secret)
    return _page(visit, name, made=secret.text)


def profile(visit: Visit) -> Reply:
    """A profile for a device of Apple, with an app password of its own in it."""
    known, secret, login = DEVICES["apple"], credentials.make(), visit.who.login
    with visit.house.store.read() as tx:
        found = accounts.find(tx, login)
    person = mobileconfig.Person(found.login, found.login, found.display_name, secret.text)
    body = _signed(visit, mobileconfig.profile(_places(visit), person))
    _keep(visit, known, secret)
    name = ("Content-Disposition", f'attachment; filename="{_FILE}"')
    return Reply(200, (("Content-Type", mobileconfig.KIND), name, *rendering.HEADERS), body)


def revoke(visit: Visit, which: int) -> Reply:
    """Take an app password away: what was logged in with it ends."""
    account = visit.who.account
    visit.house.store.write(lambda tx: accounts.revoke(tx, account, which))
    return rendering.redirect("/programs?revoked=1")


def _keep(visit: Visit, known: Device, secret: Secret) -> None:
    account, label = visit.who.account, known.title
    visit.house.store.write(lambda tx: credentials.add_app(tx, account, secret, label=label, services=known.services))


def _page(visit: Visit, name: str, *, made: str) -> Reply:
    known, places, login = _device(name), _places(visit), visit.who.login
    with visit.house.store.read() as tx:
        features = plans.plan_of(tx, visit.who.account).features
        on = second.is_on(tx, visit.who.account)
    return rendering.page(
        visit,
        f"programs/{name}.html",
        name=name,
        device=known,
        places=places,
        made=made,
        second_factor=on,
        lacking=[each for each in known.services if each not in features],
        login=login,
        here=f"{visit.house.config.web}{visit.path.removesuffix('/password')}",
        link=_links(places, login),
        picture=pictures.square,
    )


def _links(places: Places, login: str) -> dict[str, str]:
    """Addresses that open programs; none where the web server cannot be reached over TLS."""
    try:
        return {
            "davx5": links.davx5(places, login),
            "gnome": links.gnome(places, login),
            "kde": links.kde(places, login),
            "finder": links.finder(places),
            "explorer": links.explorer(places),
        }
    except Missing:
        return {}


def _device(name: str) -> Device:
    if name not in DEVICES:
        raise Missing("There is no page about such a program.")
    return DEVICES[name]


def _places(visit: Visit) -> Places:
    return Places.of(visit.house.config, visit.who.login.rpartition("@")[2])


def _signed(visit: Visit, plain: bytes) -> bytes:
    """In the signature of the server's certificate; as it is where that can make none, which devices say."""
    config = visit.house.config
    folder = visit.house.store.folder / config.tls.folder
    try:
        pem = certificates.of_name(folder, config.server.name).read_bytes()
        return signature.signed(plain, pem, pem)
    except (HouseError, OSError) as error:
        if isinstance(error, HouseError) and not isinstance(error, Unusable):
            raise
        return plain


ROUTES = (
    Route("GET", "/programs", show),
    Route("GET", "/programs/<name>", device),
    Route("POST", "/programs/<name>/password", make),
    Route("POST", "/programs/apple/profile", profile),
    Route("POST", "/programs/passwords/<int:which>/revoke", revoke),
)
