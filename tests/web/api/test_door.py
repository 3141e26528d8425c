"""The API as programs see it: tokens, scopes, errors, and what each operation does (R25, R26)."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from coserver.accounts import accounts, api_tokens, managing, organisations
from coserver.accounts.api_tokens import Scope
from coserver.accounts.managing import Asking
from coserver.model.act import Way
from coserver.model.principal import State
from coserver.store import journal, spaces
from coserver.web.api.door import OPERATIONS
from tests.web.browser import Browser
from tests.web.pages.in_organisations import founded, state

BERT = "/api/v1/users/bert@club.test"


class Program:
    """Something that asks with a token."""

    def __init__(self, front: Any, name: str, *scopes: Scope, peer: str = "127.0.0.1") -> None:
        self.front, self.peer = front, peer
        secret = api_tokens.make()
        self.token = secret.text
        self.made = front.store.write(
            lambda tx: api_tokens.add(
                tx, organisations.find(tx, name), secret, label="test", scopes=scopes or tuple(Scope)
            )
        )
        self.status, self.headers, self.told = 0, dict[str, str](), None

    def ask(self, verb: str, path: str, body: Any = None, **headers: str) -> Any:
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        told = {"Host": "house.test", "Authorization": f"Bearer {self.token}", **headers}
        if body is not None:
            told.setdefault("Content-Type", "application/json")
        line = self.front.connect(self.peer)
        line.send(self.front.head(verb, path, told, data, who=None) + data)
        answer = line.answer(head=verb == "HEAD")
        self.status, self.headers = answer.status, answer.headers
        self.told = json.loads(answer.text) if answer.text else None
        return self.told


@pytest.fixture
def front(fronts: Callable[..., Any]) -> Any:
    front = fronts()
    founded(front, "club", "alice", "bert")
    founded(front, "firm", "bob", "carl")
    return front


@pytest.fixture
def program(front: Any) -> Program:
    return Program(front, "club")


def test_user_when_added_then_there_with_the_password_that_was_told_once(front: Any, program: Program) -> None:
    made = program.ask("POST", "/api/v1/users", {"login": "ann@club.test", "name": "Ann", "plan": "small"})
    assert (program.status, made["login"], made["plan"]) == (201, "ann@club.test", "small")
    assert Browser(front).log_in("ann@club.test", made["password"]).open("/settings").form("/settings")
    told = program.ask("GET", "/api/v1/users/ann@club.test")
    assert (told["name"], told["state"], told["addresses"]) == ("Ann", "active", ["ann@club.test"])
    assert made["password"] not in json.dumps(told)
    found = program.ask("GET", "/api/v1/users")
    assert [each["login"] for each in found["users"]] == ["ann@club.test", "bert@club.test"]
    assert (found["page"], found["pages"], found["total"]) == (1, 1, 2)
    assert program.ask("GET", "/api/v1/users?page=2")["users"] == []
    told = program.ask("POST", "/api/v1/users", {"login": "ben@club.test", "password": "violet-anchor-7"})
    assert told["password"] is None


def test_user_when_suspended_resumed_deleted_and_restored_then_so_he_is(front: Any, program: Program) -> None:
    for verb, path, then in (
        ("POST", f"{BERT}/suspend", State.SUSPENDED),
        ("POST", f"{BERT}/resume", State.ACTIVE),
        ("DELETE", BERT, State.CLOSED),
        ("POST", f"{BERT}/restore", State.ACTIVE),
    ):
        assert program.ask(verb, path)["state"] == str(then)
        assert state(front, "bert@club.test") is then
    assert program.ask("PUT", f"{BERT}/plan", {"plan": "big"})["plan"] == "big"
    program.ask("PUT", f"{BERT}/password", {"password": "violet-anchor-7"})
    assert Browser(front).log_in("bert@club.test", "violet-anchor-7").open("/settings").form("/settings")


def test_deed_when_done_by_a_program_then_the_log_says_so(front: Any, program: Program) -> None:
    program.ask("POST", f"{BERT}/suspend")
    with front.store.read() as tx:
        act = journal.listed(tx, spaces.of(tx, accounts.find(tx, "bert@club.test").id).id)[-1]
    assert (act.actor.login, act.actor.way, act.actor.peer) == ("alice@example.test", Way.API, "127.0.0.1")


def test_domain_when_claimed_then_proved_by_the_record_that_is_told(front: Any, program: Program) -> None:
    record = program.ask("POST", "/api/v1/domains", {"domain": "corp.test"})["record"]
    assert program.ask("POST", "/api/v1/domains/corp.test/check")["proved"] is False
    front.world.zone[record["name"], record["kind"]] = (record["value"],)
    assert program.ask("POST", "/api/v1/domains/corp.test/check")["proved"] is True
    assert [each["name"] for each in program.ask("GET", "/api/v1/domains")["domains"]] == ["club.test", "corp.test"]
    records = program.ask("GET", "/api/v1/domains/corp.test/records?compare=yes")["records"]
    assert {each["verdict"] for each in records} == {"missing"}
    assert program.ask("DELETE", "/api/v1/domains/corp.test")["rests_until"]
    assert program.ask("POST", "/api/v1/domains/corp.test/restore")["rests_until"] is None
    program.ask("POST", "/api/v1/domains", {"domain": "other.test"})
    assert program.ask("DELETE", "/api/v1/domains/other.test")["proved"] is False
    assert len(program.ask("GET", "/api/v1/domains")["domains"]) == 2


def test_address_when_given_then_listed_until_it_is_taken_away(program: Program) -> None:
    at = "/api/v1/domains/club.test/addresses"
    told = program.ask("PUT", f"{at}/sales", {"login": "bert@club.test"})
    assert told == {"address": "sales@club.test", "kind": "alias", "login": "bert@club.test"}
    assert told in program.ask("GET", at)["addresses"]
    program.ask("DELETE", f"{at}/sales")
    assert told not in program.ask("GET", at)["addresses"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
def test_operation_when_the_token_is_not_good_or_not_for_it_then_refused(front: Any, operation: Any) -> None:
    path = operation.path.replace("<login>", "bert@club.test").replace("<domain>", "club.test")
    path = path.replace("<local>", "sales").replace("<group>", "team")
    nobody = Program(front, "club", Scope.USERS_READ)
    nobody.token = nobody.token[:-1]
    nobody.ask(operation.method, path, {})
    assert (nobody.status, nobody.headers["www-authenticate"]) == (401, "Bearer")
    others = [each for each in Scope if each is not operation.scope]
    program = Program(front, "club", *others)
    program.ask(operation.method, path, {})
    if operation.scope is not None:
        assert program.status == 403
        assert str(operation.scope) in program.told["detail"]
    assert state(front, "bert@club.test") is State.ACTIVE


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
def test_operation_when_it_names_what_another_organisation_has_then_there_is_no_such_thing(
    front: Any, operation: Any
) -> None:
    if "<" not in operation.path:
        return
    program = Program(front, "club")
    path = operation.path.replace("<login>", "carl@firm.test").replace("<domain>", "firm.test")
    path = path.replace("<local>", "sales").replace("<group>", "team")
    good = {"plan": "big", "login": "carl@firm.test", "password": "violet-anchor-7"}
    body = {name: good[name] for name in operation.body} if operation.body else None
    program.ask(operation.method, path, body)
    assert program.status == 404
    assert state(front, "carl@firm.test") is State.ACTIVE


def test_request_when_without_a_token_or_with_a_cookie_alone_then_401(front: Any, program: Program) -> None:
    alice = Browser(front).log_in("alice")
    for headers in ({"Authorization": ""}, {"Authorization": "Basic eDp5", "Cookie": f"__Host-sid={alice.sid}"}):
        program.ask("GET", "/api/v1/users", **headers)
        assert program.status == 401


def test_token_when_it_comes_without_tls_from_elsewhere_then_refused(front: Any) -> None:
    far = Program(front, "club", peer="192.0.2.1")
    far.ask("GET", "/api/v1/users")
    assert far.status == 403
    assert "TLS" in far.told["detail"]


@pytest.mark.parametrize(
    ("body", "kind", "status", "said"),
    [
        (b"{", "application/json", 400, "not JSON"),
        (b"[" * 30_000, "application/json", 400, "not JSON"),
        ([], "application/json", 400, "object"),
        ({}, "application/json", 400, "login is missing"),
        ({"login": "x", "admin": "yes"}, "application/json", 400, "'admin' is unknown"),
        ({"login": 7}, "application/json", 400, "login is a text"),
        ({"login": "x" * 400}, "application/json", 400, "too long"),
        (b'{"login": "\\ud800"}', "application/json", 400, "Unicode"),
        ({"login": "x y"}, "application/json", 400, "login"),
        ({"login": "bert@club.test"}, "application/json", 409, "bert"),
        ({"login": "ann", "password": "short"}, "application/json", 400, "password"),
        ({"login": "ann@club.test"}, "text/plain", 415, "application/json"),
        (b" " * 70_000, "application/json", 413, "bytes"),
    ],
)
def test_body_when_it_will_not_do_then_a_problem_that_says_why(
    front: Any, program: Program, body: Any, kind: str, status: int, said: str
) -> None:
    """RFC 9457; and no field is taken that is not named."""
    told = program.ask("POST", "/api/v1/users", body, **{"Content-Type": kind})
    assert (program.status, told["status"], program.headers["content-type"]) == (
        status, status, "application/problem+json",
    )  # fmt: skip
    assert said in told["detail"]
    with front.store.read() as tx:
        assert managing.some(tx, Asking("club"), skip=0, most=9)[1] == 1


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=x", "page=9999999", "page=%D9%A3", "what=1"])
def test_query_when_it_will_not_do_then_400(program: Program, query: str) -> None:
    program.ask("GET", f"/api/v1/users?{query}")
    assert program.status == 400


def test_path_when_there_is_none_or_not_so_then_404_or_405_that_names_what_there_is(program: Program) -> None:
    program.ask("GET", "/api/v1/nowhere")
    assert (program.status, program.told["title"]) == (404, "Not Found")
    program.ask("PUT", "/api/v1/users")
    assert (program.status, program.headers["allow"]) == (405, "GET, HEAD, POST")


def test_token_when_revoked_or_the_owner_has_gone_then_good_for_nothing(front: Any, program: Program) -> None:
    front.store.write(lambda tx: accounts.suspend(tx, accounts.find(tx, "alice").id))
    program.ask("GET", "/api/v1/users")
    assert program.status == 403
    front.store.write(lambda tx: accounts.resume(tx, accounts.find(tx, "alice").id))
    front.store.write(lambda tx: api_tokens.revoke(tx, organisations.find(tx, "club"), program.made.id))
    program.ask("GET", "/api/v1/users")
    assert program.status == 401


def test_description_when_asked_for_then_told_without_a_token_and_names_every_operation(program: Program) -> None:
    told = program.ask("GET", "/api/v1/openapi.json", Authorization="")
    named = {f"{method.upper()} {path}" for path, found in told["paths"].items() for method in found}
    assert named == {f"{each.method} {each.path.replace('<', '{').replace('>', '}')}" for each in OPERATIONS}
    identities = [found["operationId"] for path in told["paths"].values() for found in path.values()]
    assert len(set(identities)) == len(OPERATIONS)
    assert program.headers["x-content-type-options"] == "nosniff"
    assert program.headers["cache-control"] == "no-store"
