"""Password rules, verifiers of our own and of others, and the bound on how many run at once."""

import threading

import argon2
import passlib
import passlib.hash
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coserver.auth import passwords
from coserver.auth.passwords import Cost, Hasher, Verdict
from coserver.model.errors import Busy, Malformed

CHEAP = Cost(memory=64, passes=1)


@pytest.fixture(scope="module")
def hasher():
    return Hasher(cost=CHEAP)


def test_passlib_when_imported_then_is_the_maintained_fork():
    """The old passlib breaks with newer bcrypt; both projects install the same module."""
    assert tuple(int(part) for part in passlib.__version__.split(".")[:2]) >= (1, 9)


def test_hash_when_made_by_default_then_costs_what_was_decided():
    assert Hasher().hash("three unrelated words").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_make_when_done_then_another_one_each_time_and_hard_to_guess():
    made = {passwords.make() for _ in range(50)}
    assert len(made) == 50
    for each in made:
        passwords.check(each, words=["alice"])
        assert not set(each) & set("lo01 ")


def test_verify_when_right_wrong_or_nobody_then_only_the_right_one_fits(hasher):
    verifier = hasher.hash("three unrelated words")
    assert hasher.verify("three unrelated words", verifier) == Verdict(right=True, stale=False)
    assert hasher.verify("Three unrelated words", verifier) == Verdict(right=False)
    assert hasher.verify("three unrelated words", None) == Verdict(right=False)
    assert hasher.verify("nobody has this password", None) == Verdict(right=False)


def test_verify_when_typed_in_another_unicode_form_then_fits(hasher):
    assert hasher.verify("cafe\u0301 noir 12", hasher.hash("caf\u00e9 noir 12")).right


def test_verify_when_too_long_or_no_text_then_never_right(hasher):
    for password in ("x" * 1025, "\udcff" * 12):
        assert hasher.verify(password, hasher.hash("something else")) == Verdict(right=False)


@pytest.mark.parametrize("verifier", ["", "plain", "$argon2id$v=19$m=64,t=1,p=1$broken", "{SSHA}xx", "$6$short"])
def test_verify_when_the_verifier_is_damaged_then_never_right(hasher, verifier):
    assert hasher.verify("anything at all", verifier) == Verdict(right=False)


def test_verify_when_made_at_another_cost_then_right_and_stale(hasher):
    old = Hasher(cost=Cost(memory=128, passes=1)).hash("three unrelated words")
    assert hasher.verify("three unrelated words", old) == Verdict(right=True, stale=True)


@pytest.mark.parametrize(
    "scheme", ["sha512_crypt", "sha256_crypt", "md5_crypt", "ldap_salted_sha1", "ldap_salted_sha512", "pbkdf2_sha256"]
)
def test_imported_when_of_a_known_kind_then_verifies_and_is_to_be_made_anew(hasher, scheme):
    kind = getattr(passlib.hash, scheme)
    made = (kind.using(rounds=1000) if "rounds" in kind.setting_kwds else kind).hash("demo verse 42")
    kept = passwords.imported(made)
    assert hasher.verify("demo verse 42", kept) == Verdict(right=True, stale=True)
    assert hasher.verify("demo verse 43", kept) == Verdict(right=False, stale=False)


def test_imported_when_in_dovecots_form_then_loses_the_scheme(hasher):
    bare = hasher.hash("demo verse 42")
    assert passwords.imported("{ARGON2ID}" + bare) == bare


@pytest.mark.parametrize("text", ["", "secret", "{PLAIN}secret", "{CRYPT}", "$2b$nonsense"])
def test_imported_when_of_no_known_kind_then_refused(text):
    with pytest.raises(Malformed, match="new password"):
        passwords.imported(text)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("ninechars", "at least 10"),
        ("x" * 1025, "at most 1024"),
        ("verse \udcff 42 of it", "at most 1024"),
        ("my name is Alice 7", "'alice'"),
        ("Roe-your-boat", "'roe'"),
        ("at example in 1999", "'example'"),
        ("Password2024!", "first that are tried"),
        ("p4ssw0rd!!12", "first that are tried"),
        ("qwertyuiop", "first that are tried"),
        ("sunshinesunshine", "first that are tried"),
        ("1234567890", "first that are tried"),
        ("8273645182", "first that are tried"),
        ("aaaaaaaaaaaab", "first that are tried"),
    ],
)
def test_check_when_easily_guessed_then_says_why(password, reason):
    """R44, R45, C2: too short, too long or too obvious."""
    with pytest.raises(Malformed, match=reason):
        passwords.check(password, words=["alice", "Jo Roe", "example"])


@pytest.mark.parametrize("password", ["correct horse battery", "heroes everywhere", "ümläut-schokø-7", "x7#kQ9!vLp2z"])
def test_check_when_hard_to_guess_then_passes(password):
    passwords.check(password, words=["alice", "Jo Roe", "example"])


@given(st.text(max_size=60))
def test_check_when_given_anything_then_only_malformed_is_raised(password):
    try:
        passwords.check(password, words=["alice"])
    except Malformed:
        pass
    else:
        assert len(passwords.normal(password)) >= 10


def test_verify_when_the_queue_is_full_then_busy_and_free_again_afterwards():
    small = Hasher(1, queue=1, cost=CHEAP)
    entered, leave = threading.Event(), threading.Event()

    fits, verifier = small._fits, small.hash("a password")

    def slow(*told):
        entered.set()
        leave.wait(10)
        return fits(*told)

    small._fits = slow
    runners = [threading.Thread(target=small.verify, args=("a password", verifier)) for _ in range(2)]
    runners[0].start()
    assert entered.wait(10)
    runners[1].start()
    while small._taken < 2:
        pass
    with pytest.raises(Busy, match="try again"):
        small.verify("a password", verifier)
    leave.set()
    for each in runners:
        each.join()
    assert small.verify("a password", verifier).right


def test_verify_when_nobody_is_there_then_it_costs_what_a_verifier_of_somebody_does(hasher):
    """Else the time of an answer would tell who has an account; and whoever knew the password would be let in."""
    assert argon2.extract_parameters(hasher._nobody) == argon2.extract_parameters(hasher.hash("somebody's"))
    assert hasher._nobody != Hasher(cost=Cost(memory=64, passes=1))._nobody
    with pytest.raises(argon2.exceptions.VerifyMismatchError):
        argon2.PasswordHasher().verify(hasher._nobody, "nobody's password")
