"""The policy by which other servers insist on TLS (RFC 8461), as its grammar has it."""

import re

from coserver.mail import sts
from coserver.mail.sts import Mode

# RFC 8461 3.1 and 3.2, for what we say
RECORD = re.compile(r"v=STSv1; id=[a-zA-Z0-9]{1,32};")


def test_policy_when_made_then_lines_of_the_grammar() -> None:
    text = sts.policy("mail.example.test", Mode.ENFORCE)
    assert text == b"version: STSv1\r\nmode: enforce\r\nmx: mail.example.test\r\nmax_age: 604800\r\n"


def test_record_when_the_policy_is_another_then_its_id_is_too_and_else_not() -> None:
    policies = [sts.policy(host, mode) for host in ("a.test", "b.test") for mode in Mode]
    records = [sts.announced(each) for each in policies]
    assert len(set(records)) == 6
    assert [sts.announced(each) for each in policies] == records
    assert all(RECORD.fullmatch(each) for each in records)
