from coserver.mail import parts
from coserver.mail.prepared import prepare
from coserver.store.files import stage

MESSAGE = b"From: a@b.c\r\nSubject: s\r\nDate: Fri, 01 Mar 2024 23:00:00 -0500\r\n\r\nbody\r\n"


def test_prepare_when_in_memory_then_renders_all_at_once() -> None:
    made = prepare(stage(MESSAGE))
    assert made.envelope.startswith(b'("Fri, 01 Mar 2024 23:00:00 -0500" "s" ((NIL NIL "a" "b.c"))')
    assert made.structure == b'("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 6 1 NIL NIL NIL NIL)'
    assert parts.whole(made.parts, (1,)) == parts.Span(len(MESSAGE) - 6, 6)
    assert made.words == b"a@b.c\0\0\0\0s\0\0"
    assert made.sent == 1_709_334_000_000


def test_prepare_when_the_bytes_lie_in_a_file_then_renders_the_same(house) -> None:
    data = MESSAGE + b"line\r\n" * 100_000
    incoming = house.store.incoming()
    incoming.write(data)
    staged = incoming.finish()
    assert staged.path is not None
    from_file, from_memory = prepare(staged), prepare(stage(data))
    for name in ("envelope", "structure", "parts", "words", "sent"):
        assert getattr(from_file, name) == getattr(from_memory, name)
    staged.discard()


def test_prepare_when_there_is_nothing_then_is_an_empty_text() -> None:
    made = prepare(stage(b""))
    assert made.envelope == b"(" + b" ".join([b"NIL"] * 10) + b")"
    assert made.sent is None
