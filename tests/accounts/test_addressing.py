"""The owner of an organisation gives addresses in its domains, to its accounts (R26)."""

import pytest

from coserver.accounts import addressing, group_mail, managing, organisations
from coserver.accounts.accounts import New
from coserver.accounts.managing import Asking
from coserver.groups import members
from coserver.mail import addresses, domains
from coserver.mail.addresses import Kind
from coserver.model.errors import Denied, Missing


class Club:
    """The organisation club, owned by alice, with the domain club.test; bob is one of its accounts, carol is not."""

    def __init__(self, estate):
        self.store = estate.store
        self.alice, self.carol = estate.account("alice", "demo"), estate.account("carol", "demo")
        made = self.store.write(lambda tx: organisations.found(tx, "club", owner=self.alice.id))
        self.store.write(lambda tx: domains.add(tx, "club.test", organisation=made.id))
        new, asking = New("bob@club.test", "none", "demo"), Asking("club", self.alice.id)
        self.bob = self.store.write(lambda tx: managing.add(tx, asking, new, expiring=("free",)))

    def do(self, deed, *args, **more):
        return self.store.write(lambda tx: deed(tx, *args, **more))

    def whose(self, local, host="club.test"):
        with self.store.read() as tx:
            return addresses.resolve(tx, local, host)


@pytest.fixture
def club(estate):
    return Club(estate)


def test_give_when_the_owner_asks_then_in_his_domain_to_his_accounts_and_himself(club):
    """R26."""
    made = club.do(addressing.give, club.bob.id, "sales@club.test", by=club.alice.id)
    assert (made.kind, club.whose("sales")) == (Kind.ALIAS, club.bob.id)
    club.do(addressing.give, club.alice.id, "chair@club.test", by=club.alice.id)
    club.do(addressing.catch, "club.test", club.bob.id, by=club.alice.id)
    assert (club.whose("chair"), club.whose("whoever")) == (club.alice.id, club.bob.id)
    club.do(addressing.take, "sales@club.test", by=club.alice.id)
    club.do(addressing.catch, "club.test", None, by=club.alice.id)
    assert (club.whose("sales"), club.whose("whoever")) == (None, None)


def test_give_when_the_owner_asks_for_what_is_not_his_then_refused(club):
    for account, text in ((club.bob.id, "sales@example.test"), (club.carol.id, "sales@club.test")):
        with pytest.raises(Denied):
            club.do(addressing.give, account, text, by=club.alice.id)
    with pytest.raises(Denied, match="accounts that it runs"):
        club.do(addressing.catch, "club.test", club.carol.id, by=club.alice.id)
    with pytest.raises(Denied, match="reserved"):  # S26: names of the house are the operator's to give
        club.do(addressing.give, club.bob.id, "hostmaster@club.test", by=club.alice.id)


def test_give_when_others_ask_then_denied_for_its_accounts_and_missing_for_strangers(club):
    for by, error in ((club.bob.id, Denied), (club.carol.id, Missing)):
        with pytest.raises(error):
            club.do(addressing.give, club.bob.id, "sales@club.test", by=by)
        with pytest.raises(error):
            club.do(addressing.take, "bob@club.test", by=by)


def test_group_address_when_the_owner_asks_then_in_his_domain(club):
    club.do(members.create, "choir", administrator=club.alice.id)
    made = club.do(group_mail.set_address, "choir", "singers@club.test", by=club.alice.id)
    assert str(made) == "singers@club.test"


def test_some_when_the_owner_asks_then_those_of_his_domain_part_by_part_and_nobody_elses(club):
    for local in ("sales", "info", "press"):
        club.do(addressing.give, club.bob.id, f"{local}@club.test", by=club.alice.id)
    club.do(addressing.take, "press@club.test", by=club.alice.id)
    with club.store.read() as tx:
        found, whole = addressing.some(tx, "club.test", by=club.alice.id, skip=0, most=50)
        names = [each.local for each in found]
        assert {"sales", "info"} <= set(names)
        assert not {"press", "bob"} & set(names)
        assert whole == len(names)
        part, _ = addressing.some(tx, "club.test", by=club.alice.id, skip=1, most=1)
        assert [each.local for each in part] == names[1:2]
        with pytest.raises(Missing):
            addressing.some(tx, "club.test", by=club.carol.id, skip=0, most=50)
        with pytest.raises(Denied):
            addressing.some(tx, "example.test", by=club.alice.id, skip=0, most=50)
