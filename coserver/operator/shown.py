"""Accounts, groups, plans and usage as operators are shown them: values that JSON can hold."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from coserver.auth.credentials import AppPassword
from coserver.auth.standing import Standing
from coserver.groups.deletion import Deleted
from coserver.groups.members import Member
from coserver.groups.presets import Given
from coserver.groups.proposals import Over
from coserver.model.plan import Plan, Usage
from coserver.model.principal import Group

Shown = dict[str, Any]


def moment(milliseconds: int) -> str | None:
    """A time as RFC 3339 has it, in UTC; None for never (0)."""
    if not milliseconds:
        return None
    return datetime.fromtimestamp(milliseconds // 1000, UTC).isoformat().replace("+00:00", "Z")


def usage(rooms: Iterable[Usage]) -> Shown:
    """By tool, what is held and what may be held."""
    return {
        str(each.tool): {
            "bytes": each.bytes,
            "bytes_limit": each.bytes_limit,
            "items": each.items,
            "items_limit": each.items_limit,
        }
        for each in rooms
    }


def account(found: Standing, rooms: Iterable[Usage]) -> Shown:
    """One account, as a line of a list."""
    return {
        "login": found.login,
        "name": found.display_name,
        "state": str(found.state),
        "plan": found.plan.code,
        "created": moment(found.created),
        "last_login": moment(found.used),
        "usage": usage(rooms),
    }


def app_password(each: AppPassword) -> Shown:
    """An app password without its text; no services named means all."""
    return {
        "id": each.id,
        "label": each.label,
        "services": sorted(each.services),
        "created": moment(each.created),
        "last_used": moment(each.used),
    }


def group(found: Group, people: Sequence[Member], rooms: Iterable[Usage]) -> Shown:
    """One group, as a line of a list."""
    return {
        "name": found.name,
        "administrator": login_of(people, found),
        "members": len(people),
        "frozen": found.frozen,
        "usage": usage(rooms),
    }


def deleted(each: Deleted) -> Shown:
    """One deleted group, and until when it can be restored."""
    return {"name": each.group.name, "deleted": moment(each.since), "until": moment(each.until)}


def over(excess: Over) -> Shown:
    """What a group holds beyond a plan: by tool, and its members."""
    return {
        "over": usage(excess.usages),
        "members": {"members": excess.members, "allowed": excess.members_allowed},
    }


def member(each: Member, found: Group) -> Shown:
    """One member of a group."""
    return {
        "login": each.login,
        "administrator": each.account == found.administrator,
        "role": str(each.role),
        "joined": moment(each.joined),
    }


def given(each: Given) -> Shown:
    """One preset that the administrator gave."""
    return {"login": each.login or "all", "tool": str(each.tool), "preset": str(each.preset)}


def plan(found: Plan, accounts: Mapping[str, int]) -> Shown:
    """One plan with its capacities and features, and how many accounts have it."""
    return {
        "plan": found.code,
        "version": found.version,
        "title": found.title,
        "accounts": accounts.get(found.code, 0),
        "capacities": {str(key): value for key, value in found.capacities.items()},
        "features": sorted(found.features),
    }


def login_of(people: Sequence[Member], found: Group) -> str:
    """The administrator's login."""
    return next((each.login for each in people if each.account == found.administrator), "")
