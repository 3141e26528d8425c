"""What the house writes when an account is to come under an organisation or to leave it (S35).

Invariants: before somebody agrees he reads what it means for him; a text holds no secret but its token.
"""

from dataclasses import dataclass, field

from coserver.accounts.group_letters import day
from coserver.accounts.letters import Letter


@dataclass(frozen=True, slots=True)
class Code:
    """With what somebody answers, until when (milliseconds), and on which page of the portal."""

    token: str = field(repr=False)
    until: int
    page: str


def join(to: str, organisation: str, code: Code) -> Letter:
    """An account is asked to come under an organisation: what its owner may do then stands first."""
    return Letter(
        to,
        f"Organisation {organisation} asks for your account",
        f"The organisation {organisation} asks to run your account\n\n    {to}\n\n"
        "If you agree, the owner of the organisation can suspend the account and delete it, put it on another\n"
        "plan, give it a new password, hand groups that you administer to others and let you into groups. Who\n"
        "has given a new password can log in with it. The organisation gets no right to anything you keep\n"
        "here, your account is not ended while it is unused, and you can ask to leave at any time.\n\n"
        f"{_answer(code)}",
    )


def release(to: str, organisation: str, code: Code, *, standard: str) -> Letter:
    """An account is asked to leave; `standard` is the domain in which it chooses a name, empty: it keeps its own."""
    return Letter(
        to,
        f"Organisation {organisation} lets your account go",
        f"The organisation {organisation} wishes that your account\n\n    {to}\n\nleaves it.\n\n"
        "If you agree, the account is yours alone, with everything in it. It ends, however, if it is on a free\n"
        "plan and not used for long.\n\n"
        f"{_renamed(to, standard)}"
        f"{_answer(code)}",
    )


def leave(to: str, organisation: str, code: Code, *, who: str, anew: str) -> Letter:
    """The owner is asked to let an account go."""
    as_ = f" Its login will be {anew};\nmail to its old addresses still reaches it for 90 days." if anew else ""
    return Letter(
        to,
        f"{who} asks to leave organisation {organisation}",
        f"The owner of the account\n\n    {who}\n\nasks to leave the organisation {organisation}.\n\n"
        f"If you agree, the account goes with everything in it.{as_}\n\n"
        f"{_answer(code)}",
    )


def joined(to: str, organisation: str, *, who: str) -> Letter:
    """The owner is told that an account agreed."""
    return Letter(
        to, f"{who} came under organisation {organisation}", f"{who} belongs to the organisation {organisation} now.\n"
    )


def left(to: str, organisation: str, *, former: str, login: str, until: int) -> Letter:
    """The account is told that it has left; `until` is when its old addresses are over, 0: it had none there."""
    text = f"Your account {former} has left the organisation {organisation}, with everything in it.\n"
    if until:
        text += (
            f"\nFrom now on its login and address are\n\n    {login}\n\n"
            "Set your programs to this name; passwords of your programs stay as they are. Tell those who write\n"
            f"to you: mail to {former} still reaches you until {day(until)}, and is refused then.\n"
        )
    return Letter(to, f"You have left organisation {organisation}", text)


def gone(to: str, organisation: str, *, former: str) -> Letter:
    """The owner is told that an account has left."""
    return Letter(
        to,
        f"{former} has left organisation {organisation}",
        f"{former} belongs to the organisation {organisation} no more. Mail to its addresses in your domains is\n"
        "forwarded to it for 90 days; roles that it had in them are yours now.\n",
    )


def _answer(code: Code) -> str:
    return (
        f"Answer on this page; its address is good for one answer, until {day(code.until)}:\n\n"
        f"    {code.page}?code={code.token}\n\n"
        f"The code in it, should a page ask for it, is\n\n    {code.token}\n\n"
        "If you do not want it, say no there, or do nothing.\n"
    )


def _renamed(former: str, standard: str) -> str:
    if not standard:
        return ""
    return (
        f"{former} is a name in a domain of the organisation: when you agree, choose another one in\n"
        f"{standard}. It is your login and address from then on; mail to the old address still reaches you\n"
        "for 90 days.\n\n"
    )
