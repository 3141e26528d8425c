"""How an account that exists comes under an organisation, and how it leaves it: both sides agree (S35).

Invariants: one side asks, the other answers with the token that was mailed to it; only its SHA-256 is kept,
and it is good for one answer and for 14 days. What an account keeps, shares and belongs to stays as it is.
Who leaves with a login in a domain of the organisation gets another one in the standard domain, in the same
tx; what was mailed to the old addresses still reaches him for 90 days.
"""

from dataclasses import dataclass

from coserver.accounts import accounts, letters, managing, names, organisations, tokens, transfer_letters, wishes
from coserver.accounts.house import House
from coserver.accounts.managing import Asking
from coserver.accounts.tokens import Token
from coserver.accounts.transfer_letters import Code
from coserver.accounts.wishes import LASTS, Kind, Side, Transfer
from coserver.auth import managed, standing
from coserver.auth.standing import Standing
from coserver.groups import members, shares
from coserver.mail import addresses, domains
from coserver.mail.addresses import Address
from coserver.model.act import ActKind
from coserver.model.errors import Denied, Exists, Malformed, Missing
from coserver.model.principal import Organisation, State
from coserver.store import journal
from coserver.store.tx import Tx

LEFT_BEHIND = 90 * 86_400_000  # milliseconds for which old addresses forward (S35)


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a transfer: the account's login now, and its addresses that forward for a time."""

    kind: Kind
    organisation: str
    login: str
    left_behind: tuple[Address, ...] = ()


def invite(house: House, asking: Asking, login: str) -> Transfer:
    """Ask an account to come under an organisation.

    Raises:
        Missing, Denied: as `organisations.acting_for`; there is no such account, or it cannot come.
        Exists: it belongs to an organisation.
        NotInPlan: the owner's plan has no place for it.
        Busy: it was asked lately, or too many were.
    """

    def look(tx: Tx) -> tuple[Organisation, Standing]:
        asked, found = organisations.acting_for(tx, asking.name, asking.by), accounts.row(tx, login)
        _need_joinable(tx, house, asked, found)
        return asked, found

    with house.store.read() as tx:
        asked, found = look(tx)
        until = tx.now + LASTS
    made = tokens.make()
    letter = letters.ready(
        house.store, transfer_letters.join(found.login, asked.name, _code(house, made, until)).for_owner(found.account)
    )  # fmt: skip

    def job(tx: Tx) -> Transfer:
        asked, found = look(tx)
        done = wishes.ask(tx, asked, wishes.wish(tx, asked, found, Kind.JOIN, Side.ORGANISATION), made)
        letters.post(tx, letter, by=found.account)
        return done

    return house.store.write(job)


def release(house: House, asking: Asking, login: str) -> Transfer:
    """Ask an account of an organisation to leave it.

    Raises:
        Missing, Denied: as `managing.theirs`; Denied, too, if it is not in force, and so cannot answer.
        Busy: it was asked lately, or too many were.
    """

    def look(tx: Tx) -> tuple[Organisation, Standing, str]:
        asked, found = managing.theirs(tx, asking, login)
        _need_active(found)
        return asked, found, _standard(tx) if _is_at_home(tx, asked, found) else ""

    with house.store.read() as tx:
        asked, found, standard = look(tx)
        until = tx.now + LASTS
    made = tokens.make()
    text = transfer_letters.release(found.login, asked.name, _code(house, made, until), standard=standard)
    letter = letters.ready(house.store, text.for_owner(found.account))

    def job(tx: Tx) -> Transfer:
        asked, found, _ = look(tx)
        done = wishes.ask(tx, asked, wishes.wish(tx, asked, found, Kind.LEAVE, Side.ORGANISATION), made)
        letters.post(tx, letter, by=found.account)
        return done

    return house.store.write(job)


def leave(house: House, login: str, anew: str = "") -> Transfer:
    """Ask the owner of its organisation to let an account go; `anew` is the login it wishes to have then.

    Raises:
        Missing: there is no such account, or no organisation runs it.
        Malformed: its login is in a domain of the organisation, and it names no other, or one that cannot be.
        Exists: somebody has that login.
        Denied: the account or that of the owner is not in force, or the name is reserved.
        Busy: it asked lately.
    """

    def look(tx: Tx) -> tuple[Organisation, Standing, Standing, str]:
        found = accounts.row(tx, login)
        _need_active(found)
        asked = organisations.running(tx, found.account)
        owner = None if asked is None else standing.get(tx, asked.owner)
        if asked is None or owner is None:
            raise Missing(f"{found.login} belongs to no organisation.", login=found.login)
        organisations.need_in_force(tx, asked)
        return asked, found, owner, _next_login(tx, asked, found, anew)

    with house.store.read() as tx:
        asked, found, owner, chosen = look(tx)
        until = tx.now + LASTS
    made = tokens.make()
    code = _code(house, made, until)
    text = transfer_letters.leave(owner.login, asked.name, code, who=found.login, anew=chosen)
    letter = letters.ready(house.store, text.for_owner(owner.account))

    def job(tx: Tx) -> Transfer:
        asked, found, owner, chosen = look(tx)
        done = wishes.ask(tx, asked, wishes.wish(tx, asked, found, Kind.LEAVE, Side.ACCOUNT, chosen), made)
        letters.post(tx, letter, by=owner.account)
        return done

    return house.store.write(job)


def accept(house: House, token: str, anew: str = "") -> Done:
    """Agree to what was asked; the token is good for nothing afterwards.

    `anew` is the login that an account chooses which was asked to leave.

    Raises:
        Missing: the token is not good, or not any more; the account belongs to the organisation no more.
        Denied, Exists, NotInPlan: as `invite`, where it comes.
        Malformed, Exists, Denied: as `leave`, where it leaves; what an organisation asked needs no owner any more.
    """
    with house.store.read() as tx:
        ready = [letters.ready(house.store, letter) for letter in _told(tx, wishes.find(tx, token), anew)]

    def job(tx: Tx) -> Done:
        found = wishes.find(tx, token)
        asked, who = organisations.get(tx, found.organisation), standing.get(tx, found.account)
        if who is None:
            raise Missing("There is no such account any more.")
        done = _join(tx, house, asked, who) if found.kind is Kind.JOIN else _leave(tx, found, asked, who, anew)
        wishes.forget(tx, found.account)
        for letter in ready:
            letters.post(tx, letter, by=asked.owner)
        return done

    return house.store.write(job)


def decline(tx: Tx, token: str) -> Transfer:
    """Answer no. Missing if the token is not good, or not any more."""
    found = wishes.find(tx, token)
    wishes.end(tx, found, ActKind.NOT_AGREED)
    return found


def withdraw(tx: Tx, asking: Asking, login: str) -> Transfer:
    """Take back what an organisation asked of an account.

    Raises:
        Missing, Denied: as `organisations.acting_for`; Missing, too, if nothing was asked, or it was answered.
    """
    asked, found = organisations.acting_for(tx, asking.name, asking.by), accounts.row(tx, login)
    what = wishes.waiting(tx, asked, found.account)
    if what is None:
        raise Missing(f"Organisation {asked.name} waits for no answer of {found.login}.")
    wishes.end(tx, what, ActKind.NOT_ASKED)
    return what


def _code(house: House, made: Token, until: int) -> Code:
    return Code(made.text, until, f"{house.config.web}/transfer")


def _need_joinable(tx: Tx, house: House, asked: Organisation, found: Standing) -> None:
    _need_active(found)
    if managed.get(tx, found.account) is not None:
        raise Exists(f"{found.login} belongs to an organisation already.", login=found.login)
    if organisations.owned(tx, found.account):
        raise Denied(f"{found.login} owns an organisation, and so cannot belong to one.", login=found.login)
    host = domains.known(tx, found.login.rpartition("@")[2])
    if host is not None and host.organisation not in (None, asked.id):
        raise Denied(f"{found.login} is a name in a domain of another organisation.", login=found.login)
    organisations.need_in_force(tx, asked)
    organisations.need_account_left(tx, asked, plan=found.plan.code, expiring=house.life.expiring_plans)


def _join(tx: Tx, house: House, asked: Organisation, found: Standing) -> Done:
    _need_joinable(tx, house, asked, found)
    managing.enter(tx, asked, found.account)
    return Done(Kind.JOIN, asked.name, found.login)


def _leave(tx: Tx, what: Transfer, asked: Organisation, found: Standing, anew: str) -> Done:
    """Let an account go, with another login if its own is in a domain of the organisation."""
    held = managed.get(tx, found.account)
    if held is None or held.organisation != asked.id:
        raise Missing(f"{found.login} belongs to organisation {asked.name} no more.", login=found.login)
    _need_active(found)
    if what.side is Side.ACCOUNT:  # then it is the owner who answers now
        organisations.need_in_force(tx, asked)
    chosen = _next_login(tx, asked, found, _chosen(what, anew))
    until = tx.now + LEFT_BEHIND
    forward = addresses.leave_behind(tx, found.account, asked.id, heir=asked.owner, until=until)
    managed.remove(tx, found.account)
    journal.own(tx, found.account, ActKind.LEFT_ORGANISATION, detail=asked.name)
    for each in forward:
        journal.own(tx, found.account, ActKind.LEFT_BEHIND, detail=f"{each} until {letters.moment(each.until)}")
    if chosen:
        _rename(tx, found, chosen)
    return Done(Kind.LEAVE, asked.name, chosen or found.login, tuple(forward))


def _rename(tx: Tx, found: Standing, login: str) -> None:
    local, _, host = login.partition("@")
    addresses.make_primary(tx, found.account, local, host)
    standing.rename(tx, found.account, login)
    journal.own(tx, found.account, ActKind.LOGIN, detail=f"{found.login} is {login} now")
    shares.tell(tx, found.account)
    for group in members.groups_of(tx, found.account):
        members.tell(tx, group.id, found.account)


def _chosen(what: Transfer, anew: str) -> str:
    if what.side is Side.ACCOUNT and anew:
        raise Malformed("The account itself chose the login that it gets: leave it out.")
    return what.login or anew


def _next_login(tx: Tx, asked: Organisation, found: Standing, anew: str) -> str:
    """The full login an account has when it has left; empty if it keeps its own."""
    if not _is_at_home(tx, asked, found):
        return ""
    standard = _standard(tx)
    if not anew:
        raise Malformed(
            f"{found.login} is a name in a domain of organisation {asked.name}: say which one in {standard} the "
            "account gets instead (--login NAME)."
        )
    full = accounts.checked(tx, anew)
    local, _, host = full.partition("@")
    if host != standard:
        raise Malformed(f"{anew!r} is not a name in {standard}: choose one there.")
    names.check_chosen(local)
    holder = addresses.find(tx, local, host)
    taken = holder is not None and holder.local == addresses.folded(local) and holder.principal != found.account
    if standing.find(tx, full) is not None or taken:
        raise Exists(f"The login {full} is taken: choose another one.", login=full)
    return full


def _is_at_home(tx: Tx, asked: Organisation, found: Standing) -> bool:
    """Whether an account's login is in a domain of its organisation, be it one that rests."""
    return found.login.rpartition("@")[2] in {each.name for each in domains.of(tx, asked.id)}


def _standard(tx: Tx) -> str:
    return domains.find(tx, "").name


def _need_active(found: Standing) -> None:
    if found.state is not State.ACTIVE:
        raise Denied(f"The account {found.login} is not in force: it cannot come or go now.", login=found.login)


def _told(tx: Tx, what: Transfer, anew: str) -> list[letters.Letter]:
    """What both sides are told when it is done; nothing if it cannot be."""
    asked, found = organisations.get(tx, what.organisation), standing.get(tx, what.account)
    owner = standing.get(tx, asked.owner)
    if found is None or owner is None:
        return []
    if what.kind is Kind.JOIN:
        return [transfer_letters.joined(owner.login, asked.name, who=found.login).for_owner(owner.account)]
    chosen = _next_login(tx, asked, found, _chosen(what, anew)) or found.login
    until = tx.now + LEFT_BEHIND if chosen != found.login else 0
    return [
        transfer_letters.left(chosen, asked.name, former=found.login, login=chosen, until=until).for_owner(
            found.account
        ),
        transfer_letters.gone(owner.login, asked.name, former=found.login).for_owner(owner.account),
    ]
