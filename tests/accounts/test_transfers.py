"""Accounts that come under an organisation and leave it, by the word of both sides (S35)."""

import re

import pytest

from coserver.accounts import accounts, addressing, managing, organisations, transfers, wishes
from coserver.accounts.accounts import New
from coserver.accounts.managing import Asking
from coserver.accounts.wishes import Kind
from coserver.auth import credentials, managed, standing
from coserver.auth.login import Login
from coserver.groups import members, shares
from coserver.groups.shares import Offer, Target
from coserver.mail import addresses, domains, mailboxes
from coserver.mail.addresses import Kind as AddressKind
from coserver.model.errors import Busy, Denied, Exists, HouseError, Malformed, Missing, NotInPlan
from coserver.model.plan import Feature
from coserver.model.principal import State
from coserver.model.rights import Preset
from coserver.quota import subscriptions
from coserver.store import journal

DAY = 86_400


class Club:
    """The organisation club of alice with the domain club.test; bob@club.test is of it, carol is nobody's."""

    def __init__(self, estate, office, post):
        self.estate, self.house, self.store, self.post = estate, office.house, estate.store, post
        self.alice, self.carol = estate.account("alice", "demo"), estate.account("carol", "demo")
        self.organisation = self.store.write(lambda tx: organisations.found(tx, "club", owner=self.alice.id))
        self.store.write(lambda tx: domains.add(tx, "club.test", organisation=self.organisation.id))
        self.asking = Asking("club", self.alice.id)
        new = New("bob@club.test", office.house.hasher.hash("bobs old password"), "demo")
        self.bob = self.store.write(lambda tx: managing.add(tx, self.asking, new, expiring=()))

    def code(self, account):
        """The code in the latest letter to an account that has one."""
        codes = [re.findall(r"^ {4}([0-9a-f]{64})$", text, re.MULTILINE) for _, text in self.post.letters(account.id)]
        return next(each[0] for each in reversed(codes) if each)

    def subjects(self, account):
        return [subject for subject, _ in self.post.letters(account.id)]

    def run_by(self, account):
        with self.store.read() as tx:
            found = organisations.running(tx, account.id)
        return None if found is None else found.name

    def later(self, seconds):
        self.estate.clock.seconds += seconds


@pytest.fixture
def club(estate, office, post):
    return Club(estate, office, post)


def test_invite_when_accepted_then_the_account_comes_and_the_owner_is_told(club):
    """S35: an account that exists agrees by the code that was mailed to it."""
    transfers.invite(club.house, club.asking, "carol")
    assert club.run_by(club.carol) is None
    _, text = club.post.letters(club.carol.id)[-1]
    assert "can suspend the account and delete it" in text
    assert transfers.accept(club.house, club.code(club.carol)).kind is Kind.JOIN
    assert club.run_by(club.carol) == "club"
    assert club.subjects(club.alice) == ["carol@example.test came under organisation club"]
    with club.store.read() as tx:
        assert "came under an organisation" in [str(act.kind) for act in journal.listed(tx, club.carol.space)]
        assert standing.get(tx, club.carol.id).login == "carol@example.test"


def test_accept_when_the_code_was_used_declined_expired_or_never_was_then_missing(club):
    transfers.invite(club.house, club.asking, "carol")
    used = club.code(club.carol)
    club.store.write(lambda tx: transfers.decline(tx, used))
    with club.store.read() as tx:
        acts = [(str(act.kind), act.detail) for act in journal.listed(tx, club.carol.space)][-2:]
    assert acts == [("transfer asked for", "join club"), ("transfer declined", "join club")]
    for wrong in (used, "", "0" * 64, "x" * 5000, "\ud800"):
        with pytest.raises(Missing, match="not good any more"):
            transfers.accept(club.house, wrong)
    club.later(3601)
    transfers.invite(club.house, club.asking, "carol")
    code = club.code(club.carol)
    club.later(14 * DAY)
    with pytest.raises(Missing):
        transfers.accept(club.house, code)
    assert club.run_by(club.carol) is None


def test_invite_when_asked_again_soon_then_busy_also_after_a_no(club):
    transfers.invite(club.house, club.asking, "carol")
    with pytest.raises(Busy):
        transfers.invite(club.house, club.asking, "carol")
    club.store.write(lambda tx: transfers.decline(tx, club.code(club.carol)))
    with pytest.raises(Busy):
        transfers.invite(club.house, club.asking, "carol")
    club.later(3601)
    first = club.code(club.carol)
    transfers.invite(club.house, club.asking, "carol")
    with pytest.raises(Missing):
        transfers.accept(club.house, first)
    transfers.accept(club.house, club.code(club.carol))


def test_invite_when_very_many_are_asked_then_bounded(club, monkeypatch):
    monkeypatch.setattr(wishes, "MOST_PENDING", 1)
    club.estate.account("dave", "demo")
    transfers.invite(club.house, club.asking, "carol")
    with pytest.raises(Busy, match="not answered"):
        transfers.invite(club.house, club.asking, "dave")


def test_invite_when_the_account_cannot_come_then_says_why(club):
    dave = club.estate.account("dave", "demo")
    for login, error in (("bob@club.test", Exists), ("alice", Denied), ("nobody", Missing)):
        with pytest.raises(error):
            transfers.invite(club.house, club.asking, login)
    with pytest.raises(Missing):
        transfers.invite(club.house, Asking("club", dave.id), "carol")
    other = club.store.write(lambda tx: organisations.found(tx, "other", owner=dave.id))
    club.store.write(lambda tx: domains.add(tx, "other.test", organisation=other.id))
    club.estate.account("erin@other.test", "demo")
    with pytest.raises(Denied, match="another organisation"):
        transfers.invite(club.house, club.asking, "erin@other.test")
    club.store.write(lambda tx: standing.set_state(tx, club.carol.id, State.SUSPENDED))
    with pytest.raises(Denied, match="not in force"):
        transfers.invite(club.house, club.asking, "carol")


def test_accept_when_there_is_no_place_any_more_then_not_in_plan_and_the_code_stays_good(club):
    transfers.invite(club.house, club.asking, "carol")
    club.store.write(lambda tx: subscriptions.override(tx, club.alice.id, "managed_accounts", 1))
    with pytest.raises(NotInPlan):
        transfers.accept(club.house, club.code(club.carol))
    club.store.write(lambda tx: subscriptions.override(tx, club.alice.id, "managed_accounts", 2))
    transfers.accept(club.house, club.code(club.carol))


def test_withdraw_when_not_answered_yet_then_the_code_is_good_for_nothing(club):
    transfers.invite(club.house, club.asking, "carol")
    with club.store.read() as tx:
        (waiting,) = wishes.pending(tx, club.organisation)
    assert (waiting.account, waiting.kind) == (club.carol.id, Kind.JOIN)
    club.store.write(lambda tx: transfers.withdraw(tx, club.asking, "carol"))
    with pytest.raises(Missing):
        transfers.accept(club.house, club.code(club.carol))
    with pytest.raises(Missing, match="waits for no answer"):
        club.store.write(lambda tx: transfers.withdraw(tx, club.asking, "carol"))


def test_leave_when_the_owner_agrees_then_all_is_kept_and_the_old_address_forwards_for_90_days(club):
    """S35: another login in the standard domain; mailbox, groups and shares stay."""
    team = club.estate.group("team", club.bob, club.carol)
    with club.store.read() as tx:
        inbox = mailboxes.inbox(tx, club.bob.id)
    offer = Offer(team.id, club.carol.id, Preset.READ)
    club.store.write(lambda tx: shares.add(tx, club.bob.id, Target(inbox), offer))
    transfers.leave(club.house, "bob@club.test", "bob")
    _, text = club.post.letters(club.alice.id)[-1]
    assert "bob@club.test" in text
    assert "bob@example.test" in text
    done = transfers.accept(club.house, club.code(club.alice))
    assert (done.login, [str(each) for each in done.left_behind]) == ("bob@example.test", ["bob@club.test"])
    with club.store.read() as tx:
        found = standing.find(tx, "bob")
        assert found.account == club.bob.id
        assert standing.find(tx, "bob@club.test") is None
        assert managed.get(tx, club.bob.id) is None
        own = [(str(each), each.kind) for each in addresses.of(tx, club.bob.id)]
        assert own == [("bob@example.test", AddressKind.PRIMARY), ("bob@club.test", AddressKind.FORWARD)]
        assert members.get(tx, team.id).administrator == club.bob.id
        assert [each.owner for each in shares.received(tx, club.carol.id)] == [club.bob.id]
        acts = {str(act.kind): act.detail for act in journal.listed(tx, club.bob.space)}
        assert acts["login changed"] == "bob@club.test is bob@example.test now"
        assert acts["address left behind"].startswith("bob@club.test until ")
        assert acts["left an organisation"] == "club"
        assert addresses.resolve(tx, "bob", "club.test") == club.bob.id
        assert addresses.resolve(tx, "postmaster", "club.test") == club.alice.id
    assert club.subjects(club.bob)[-1] == "You have left organisation club"
    assert club.subjects(club.alice)[-1] == "bob@club.test has left organisation club"
    club.later(90 * DAY)
    with club.store.read() as tx:
        assert addresses.resolve(tx, "bob", "club.test") is None


def test_leave_when_done_then_sessions_end_and_passwords_go_on_under_the_new_login(club):
    """S35, S20."""
    made = credentials.make()
    club.store.write(
        lambda tx: credentials.add_app(tx, club.bob.id, made, label="telephone", services=frozenset({Feature.IMAP}))
    )
    login = Login(club.store, club.house.hasher)
    who = login.check("bob@club.test", made.text, service=Feature.IMAP, peer="192.0.2.1")
    transfers.leave(club.house, "bob@club.test", "bob")
    transfers.accept(club.house, club.code(club.alice))
    with club.store.read() as tx:
        assert standing.get(tx, club.bob.id).epoch > who.epoch
    for password in (made.text, "bobs old password"):
        again = login.check("bob", password, service=Feature.IMAP, peer="192.0.2.1")
        assert (again.account, again.login) == (club.bob.id, "bob@example.test")
        with pytest.raises(HouseError):
            login.check("bob@club.test", password, service=Feature.IMAP, peer="192.0.2.1")


@pytest.mark.parametrize(
    ("anew", "error"),
    [
        ("", Malformed), ("bob@club.test", Malformed), ("carol", Exists), ("CAROL@example.test", Exists),
        ("root", Denied), ("billing", Denied), ("b/ob", Malformed), ("b\u043eb", Malformed),
        ("bob@elsewhere.test", Missing),
    ],
)  # fmt: skip
def test_leave_when_the_new_login_cannot_be_then_says_why_and_nothing_is_asked(club, anew, error):
    with pytest.raises(error):
        transfers.leave(club.house, "bob@club.test", anew)
    assert club.subjects(club.alice) == []


def test_accept_when_the_new_login_was_taken_meanwhile_then_exists_and_nothing_is_half_done(club):
    transfers.leave(club.house, "bob@club.test", "bob")
    club.estate.account("bob", "demo")
    with pytest.raises(Exists):
        transfers.accept(club.house, club.code(club.alice))
    with club.store.read() as tx:
        assert AddressKind.FORWARD not in [each.kind for each in addresses.of(tx, club.bob.id)]
        assert addresses.resolve(tx, "postmaster", "club.test") == club.bob.id
    assert club.run_by(club.bob) == "club"


def test_accept_when_the_account_chose_its_login_then_the_owner_cannot_choose_another(club):
    transfers.leave(club.house, "bob@club.test", "bob")
    with pytest.raises(Malformed, match="chose the login"):
        transfers.accept(club.house, club.code(club.alice), "somebody")


def test_release_when_the_account_agrees_then_it_says_which_login_it_gets(club):
    transfers.release(club.house, club.asking, "bob@club.test")
    code = club.code(club.bob)
    with pytest.raises(Malformed, match="--login"):
        transfers.accept(club.house, code)
    assert transfers.accept(club.house, code, "bobby").login == "bobby@example.test"
    assert club.run_by(club.bob) is None


def test_release_when_the_login_is_in_the_standard_domain_then_only_its_other_addresses_forward(club):
    new = New("dave", "none", "demo")
    dave = club.store.write(lambda tx: managing.add(tx, club.asking, new, expiring=()))
    club.store.write(lambda tx: addresses.add(tx, dave.id, "sales", "club.test", kind=AddressKind.ALIAS))
    transfers.release(club.house, club.asking, "dave")
    done = transfers.accept(club.house, club.code(dave))
    assert (done.login, [str(each) for each in done.left_behind]) == ("dave@example.test", ["sales@club.test"])


def test_leave_when_the_domain_of_the_login_was_removed_then_another_login_is_needed_all_the_same(club):
    """S27, S35."""
    club.store.write(lambda tx: domains.remove(tx, "club.test"))
    with pytest.raises(Malformed, match="--login"):
        transfers.leave(club.house, "bob@club.test")
    transfers.release(club.house, club.asking, "bob@club.test")
    assert transfers.accept(club.house, club.code(club.bob), "bob").login == "bob@example.test"
    assert club.subjects(club.bob)[-1] == "You have left organisation club"


def test_leave_when_nobody_runs_it_or_it_is_not_in_force_then_refused(club):
    with pytest.raises(Missing, match="no organisation"):
        transfers.leave(club.house, "carol", "caroline")
    club.store.write(lambda tx: managing.suspend(tx, club.asking, "bob@club.test"))
    for deed in (
        lambda: transfers.leave(club.house, "bob@club.test", "bob"),
        lambda: transfers.release(club.house, club.asking, "bob@club.test"),
    ):
        with pytest.raises(Denied, match="not in force"):
            deed()


def test_accept_when_the_account_left_by_another_way_meanwhile_then_missing(club):
    transfers.release(club.house, club.asking, "bob@club.test")
    club.store.write(lambda tx: organisations.hand_over(tx, "club", club.bob.id, expiring=()))
    with pytest.raises(Missing, match="no more"):
        transfers.accept(club.house, club.code(club.bob), "bob")


def test_take_when_an_address_was_left_behind_then_the_owner_does_not_cut_it_short(club):
    """S35: 90 days were agreed; the owner could end them the next minute, and give the address to somebody else."""
    transfers.leave(club.house, "bob@club.test", "bob")
    transfers.accept(club.house, club.code(club.alice))
    with pytest.raises(Denied, match="left behind"):
        club.store.write(lambda tx: addressing.take(tx, "bob@club.test", by=club.alice.id))
    with club.store.read() as tx:
        assert addresses.resolve(tx, "bob", "club.test") == club.bob.id
    club.store.write(lambda tx: addressing.take(tx, "bob@club.test"))


def test_accept_when_the_organisation_has_another_owner_then_the_former_agrees_to_nothing(club):
    """S35: the code that an owner got was good after he was none any more; the account asks the new one."""
    dave = club.estate.account("dave", "demo")
    transfers.leave(club.house, "bob@club.test", "bob")
    code = club.code(club.alice)
    club.store.write(lambda tx: managing.hand_over(tx, Asking("club"), dave.id, expiring=()))
    with pytest.raises(Missing, match="not good any more"):
        transfers.accept(club.house, code)
    with club.store.read() as tx:
        act = journal.listed(tx, club.bob.space)[-1]
        assert wishes.pending(tx, club.organisation) == []
    assert (str(act.kind), act.detail) == ("transfer withdrawn", "leave club")
    transfers.leave(club.house, "bob@club.test", "bob")  # at once: it was not he who let it go
    assert transfers.accept(club.house, club.code(dave)).login == "bob@example.test"


def test_hand_over_when_the_organisation_waits_for_answers_then_it_does_so_still(club):
    transfers.invite(club.house, club.asking, "carol")
    dave = club.estate.account("dave", "demo")
    club.store.write(lambda tx: managing.hand_over(tx, Asking("club"), dave.id, expiring=()))
    transfers.accept(club.house, club.code(club.carol))
    assert club.run_by(club.carol) == "club"
    assert club.subjects(dave) == ["carol@example.test came under organisation club"]


def test_accept_when_the_owner_was_suspended_meanwhile_then_he_lets_nobody_go(club):
    """S35: the consent of an organisation is that of an owner in force; what he asked before stands."""
    transfers.leave(club.house, "bob@club.test", "bob")
    code = club.code(club.alice)
    club.store.write(lambda tx: accounts.suspend(tx, club.alice.id))
    with pytest.raises(Denied, match="owner of organisation club is not in force"):
        transfers.accept(club.house, code)
    club.later(3601)
    with pytest.raises(Denied, match="owner of organisation club is not in force"):
        transfers.leave(club.house, "bob@club.test", "bob")
    club.store.write(lambda tx: accounts.resume(tx, club.alice.id))
    transfers.release(club.house, club.asking, "bob@club.test")
    club.store.write(lambda tx: accounts.suspend(tx, club.alice.id))
    assert transfers.accept(club.house, club.code(club.bob), "bob").login == "bob@example.test"


def test_sweep_when_nobody_answered_in_time_then_forgets(club):
    transfers.invite(club.house, club.asking, "carol")
    assert club.store.write(wishes.sweep) == 0
    club.later(14 * DAY)
    assert club.store.write(wishes.sweep) == 1
