"""Documents in the browser: the drive, folder by folder, with the same rights, names and room (R12, R47, R48, R51)."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import quote

from coserver.documents import files, folders, moving, paths, sharing
from coserver.documents.files import Admission
from coserver.documents.paths import Names, Spot
from coserver.documents.terms import Terms
from coserver.model.errors import Exists, Malformed, Missing
from coserver.net.http.replies import Reply
from coserver.net.sending import Download, Watch
from coserver.store.files import Staged
from coserver.store.tx import Tx
from coserver.web import rendering
from coserver.web.leaves import fetched
from coserver.web.meters import meter
from coserver.web.routes import Files, Route
from coserver.web.visit import Visit

_MOST = 30  # names on a page
_NEVER = Terms(overwrite=False)


def show(visit: Visit, where: str = "") -> Reply:
    """What is in a folder."""
    names = _names(where)
    with visit.house.store.read() as tx:
        spot = paths.wanted(tx, visit.who.account, names)
        if not spot.is_folder:
            raise Missing("This is a file and no folder.")
        look = partial(folders.part, tx, visit.who.account, spot)
        held = fetched(visit, lambda skip, most: look(skip=skip, most=most), most=_MOST)
        room = folders.room(tx, visit.who.account, spot)
    around = _path(names)
    return rendering.page(
        visit,
        "documents/folder.html",
        spot=spot,
        at=around,
        trail=[(name, _path(names[: number + 1])) for number, name in enumerate(names)],
        held=held,
        rows=[(one, f"{around}/{quote(one.name, safe='')}", _share(one)) for one in held.these],
        room=None if room is None else meter(room),
        takes=not spot.virtual or spot.box is not None,
        makes=not spot.virtual and spot.box is None,
    )


def load(visit: Visit, where: str) -> Reply | Download:
    """A file, to be kept: what is in it never runs in the name of this server."""
    names = _names(where)
    with visit.house.store.read() as tx:
        spot, source = files.open_(tx, visit.who.account, names)
    if source is None:
        raise Missing("This is a folder and no file.")
    headers = (
        ("Content-Type", "application/octet-stream"),
        ("Content-Disposition", f"attachment; filename*=UTF-8''{quote(spot.name, safe='')}"),  # RFC 6266 4.3
        *rendering.HEADERS,
    )
    watch = Watch(visit.house.store, lambda tx: files.need_still(tx, visit.who.account, spot))
    return Download(Reply(200, headers), source.size, source, (range(source.size),), watch=watch)


def make(visit: Visit, where: str = "") -> Reply:
    """A new folder."""
    names, name = _names(where), _typed(visit)
    visit.house.store.write(lambda tx: folders.make(tx, visit.who.account, paths.checked((*names, name)), Terms()))
    return _back(names, "made")


def uploaded(visit: Visit, where: str = "") -> Reply:
    """All files are there, or one of them was refused."""
    if visit.error is not None:
        raise visit.error
    return _back(_names(where), "uploaded")


def admit(tx: Tx, visit: Visit, values: Mapping[str, Any], filename: str) -> Admission:
    """Whether a file may come; one of the name that is there already only if that is to be replaced."""
    found = files.admit(tx, visit.who.account, _goal(values, filename), Terms(), size=None)
    if found.replaces is not None and "replace" not in visit.form:
        raise Exists(f"There is a file {filename} already. Send it with 'replace' if it is to take its place.")
    return found


def keep(tx: Tx, visit: Visit, values: Mapping[str, Any], filename: str, staged: Staged) -> object:
    """It came."""
    return files.put(tx, visit.who.account, _goal(values, filename), staged, stamp=0, terms=Terms())


def ask(visit: Visit, where: str) -> Reply:
    """What can be done to one thing: another name, or its end."""
    names = _names(where)
    with visit.house.store.read() as tx:
        spot = paths.wanted(tx, visit.who.account, names)
        held = folders.part(tx, visit.who.account, spot, skip=0, most=0)[1] if spot.is_folder else 0
    if spot.fixed or spot.virtual or not names:
        raise Missing("Its name and place are given: nothing can be done to it here.")
    return rendering.page(
        visit, "documents/change.html", spot=spot, at=_path(names), around=_path(names[:-1]), held=held
    )


def rename(visit: Visit, where: str) -> Reply:
    """Another name in the same folder."""
    names, name = _names(where), _typed(visit)
    target = paths.checked((*names[:-1], name))
    if target != names:
        visit.house.store.write(lambda tx: moving.move(tx, visit.who.account, names, target, _NEVER))
    return _back(names[:-1], "renamed")


def remove(visit: Visit, where: str) -> Reply:
    """Delete it, with all that is in it."""
    names = _names(where)
    visit.house.store.write(lambda tx: folders.remove(tx, visit.who.account, names, Terms()))
    return _back(names[:-1], "removed")


def _names(where: str) -> Names:
    return paths.checked(name for name in where.split("/") if name)


def _goal(values: Mapping[str, Any], filename: str) -> Names:
    return paths.checked((*_names(values.get("where", "")), filename))


def _typed(visit: Visit) -> str:
    name = visit.typed("name").strip()
    if not name or "/" in name:
        raise Malformed("Please type a name, without slashes.")
    return name


def _path(names: Names) -> str:
    """A path as it stands in addresses; empty for the top."""
    return "".join(f"/{quote(name, safe='')}" for name in names)


def _share(spot: Spot) -> str:
    """Where it is shared; empty for what cannot be."""
    target = sharing.of(spot)
    if target is None or (target.item is None and target.collection.parent is None):
        return ""
    return f"/sharing/{target.collection.id}" + ("" if target.item is None else f"/{target.item.id}")


def _back(names: Names, done: str) -> Reply:
    return rendering.redirect(f"/documents{'/at' if names else ''}{_path(names)}?done={done}")


TAKES = Files(admit, keep)
ROUTES = (
    Route("GET", "/documents", show),
    Route("GET", "/documents/at/<path:where>", show),
    Route("GET", "/documents/file/<path:where>", load),
    Route("POST", "/documents/folder", make, again=show),
    Route("POST", "/documents/folder/<path:where>", make, again=show),
    Route("POST", "/documents/upload", uploaded, again=show, files=TAKES),
    Route("POST", "/documents/upload/<path:where>", uploaded, again=show, files=TAKES),
    Route("GET", "/documents/change/<path:where>", ask),
    Route("POST", "/documents/rename/<path:where>", rename, again=ask),
    Route("POST", "/documents/remove/<path:where>", remove, again=ask),
)
