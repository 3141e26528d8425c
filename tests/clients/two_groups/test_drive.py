"""rclone and cadaver of five people in two groups: folders of groups and of others, and what is dropped."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.programs.cadaver import cadaver
from tests.clients.programs.rclone import Rclone

pytestmark = pytest.mark.timeout(240)

ALICE = "Shared/alice@example.test"
CAROL = "Shared/carol@example.test"
DAVE = "Shared/dave@example.test"
TEAMS, CHOIRS = "Groups/team/minutes.txt", "Groups/choir/scores.txt"
Home = Callable[[str], Path]


@pytest.fixture
def drive(house: Any, home: Home) -> Callable[[str], Rclone]:
    """Makes the rclone of an account."""
    return lambda name: Rclone(house.demo, name, home(name))


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], str]:
    """Makes a file `new.txt` that holds a text; its path."""

    def make(text: str) -> str:
        (tmp_path / "new.txt").write_text(text)
        return str(tmp_path / "new.txt")

    return make


@pytest.mark.needs("rclone")
@pytest.mark.parametrize(
    ("name", "sees"),
    [
        ("alice", [TEAMS]),
        ("bob", [TEAMS, f"{ALICE}/desk/b.txt", f"{ALICE}/plans/a.txt", f"{CAROL}/open.txt"]),
        ("carol", [CHOIRS, TEAMS, f"{ALICE}/plans/a.txt", f"{DAVE}/takes/one.txt"]),
        ("dave", [CHOIRS]),
        ("erin", [CHOIRS, f"{DAVE}/takes/one.txt"]),
    ],
)
def test_rclone_when_each_of_five_looks_then_has_what_is_his_to_see(
    drive: Callable[[str], Rclone], name: str, sees: list[str]
) -> None:
    """(R13, R16, R47, R48, R55)"""
    listed = drive(name).run("lsf", "-R", "--files-only", "drive:").out.splitlines()
    assert sorted(path for path in listed if path.startswith(("Groups/", "Shared/"))) == sees


@pytest.mark.needs("rclone")
def test_rclone_when_he_edits_then_files_come_change_and_go_for_the_others(
    drive: Callable[[str], Rclone], file: Callable[[str], str]
) -> None:
    """(R48, R57)"""
    alice, bob, carol = drive("alice"), drive("bob"), drive("carol")
    for folder, seen in (("Groups/team", "Groups/team"), (f"{ALICE}/desk", "desk")):
        bob.run("copy", file("by bob\n"), f"drive:{folder}/papers")
        assert alice.text(f"{seen}/papers/new.txt") == "by bob\n"
        bob.run("copy", file("by bob, once more\n"), f"drive:{folder}/papers")
        bob.run("moveto", f"drive:{folder}/papers/new.txt", f"drive:{folder}/papers/old.txt")
        assert alice.text(f"{seen}/papers/old.txt") == "by bob, once more\n"
        if seen == folder:
            assert carol.text("Groups/team/papers/old.txt") == "by bob, once more\n"
        bob.run("purge", f"drive:{folder}/papers")
        assert "papers/" not in alice.listed(seen)


@pytest.mark.needs("rclone")
def test_rclone_when_she_reads_then_no_write_succeeds_and_nothing_changes(
    drive: Callable[[str], Rclone], file: Callable[[str], str]
) -> None:
    """(R48, R57)"""
    carol = drive("carol")
    new = file("smuggled\n")
    for folder, name in (("Groups/team", "minutes.txt"), ("Groups/choir", "scores.txt"), (f"{ALICE}/plans", "a.txt")):
        before = carol.text(f"{folder}/{name}")
        carol.refused("copy", new, f"drive:{folder}")
        carol.refused("deletefile", f"drive:{folder}/{name}")
        if folder != "Groups/choir":
            carol.refused("copyto", new, f"drive:{folder}/{name}")
            carol.refused("mkdir", f"drive:{folder}/more")
            carol.refused("moveto", f"drive:{folder}/{name}", f"drive:{folder}/other.txt")
            carol.refused("moveto", f"drive:{folder}/{name}", "drive:mine.txt")
        assert carol.listed(folder) == [name]
        assert carol.text(f"{folder}/{name}") == before
    dave = drive("dave")
    dave.refused("copy", new, "drive:Groups/team")
    assert "team/" not in dave.listed("Groups")
    dave.refused("lsf", "drive:Groups/team")


@pytest.mark.needs("rclone")
def test_rclone_when_she_contributes_then_she_changes_her_own_alone_and_the_groups_room_counts(
    drive: Callable[[str], Rclone], file: Callable[[str], str]
) -> None:
    """(R57, R59, S14)"""
    erin, dave = drive("erin"), drive("dave")
    large = file("x" * 2_000_000)
    assert "507" in erin.run("copy", large, "drive:", fails=True).errors
    assert "new.txt" not in erin.listed("")
    for folder, kept, seen in (
        ("Groups/choir", "scores.txt", "Groups/choir"), (f"{DAVE}/takes", "one.txt", "takes")
    ):  # fmt: skip
        erin.run("copy", large, f"drive:{folder}")
        erin.run("copy", file("smaller\n"), f"drive:{folder}")
        assert dave.text(f"{seen}/new.txt") == "smaller\n"
        erin.refused("copyto", file("smuggled\n"), f"drive:{folder}/{kept}")
        erin.refused("deletefile", f"drive:{folder}/{kept}")
        erin.run("deletefile", f"drive:{folder}/new.txt")
        assert dave.listed(seen) == [kept]
        large = file("x" * 2_000_000)


@pytest.mark.needs("rclone")
def test_rclone_when_a_file_in_a_group_is_private_then_its_author_and_the_administrator_see_it(
    house: Any, drive: Callable[[str], Rclone], file: Callable[[str], str]
) -> None:
    """(R13)"""
    bob = drive("bob")
    bob.run("copy", file("between us\n"), "drive:Groups/team")
    house.operate("item", "private", "/Groups/team/new.txt", "--owner", "bob")
    assert [("new.txt" in drive(name).listed("Groups/team")) for name in ("alice", "bob", "carol")] == [
        True, True, False
    ]  # fmt: skip
    drive("carol").refused("cat", "drive:Groups/team/new.txt")
    bob.run("deletefile", "drive:Groups/team/new.txt")


@pytest.mark.needs("rclone")
def test_rclone_when_things_are_taken_back_then_listings_shrink(
    house: Any, drive: Callable[[str], Rclone], file: Callable[[str], str]
) -> None:
    """(R15, R17, R55)"""
    carol, erin, here = drive("carol"), drive("erin"), drive("erin").home / "here"
    carol.run("copy", file("lent\n"), "drive:lent")
    carol.run("copyto", file("a single one\n"), "drive:single.txt")
    house.share("/lent", "carol", "choir", "edit", to="erin")
    house.share("/single.txt", "carol", "choir", "read", to="erin")
    assert erin.listed(CAROL) == ["lent/", "single.txt"]
    erin.run("sync", f"drive:{CAROL}", str(here))
    house.unshare("/single.txt", "carol", "choir", to="erin")
    erin.refused("cat", f"drive:{CAROL}/single.txt")
    erin.run("sync", f"drive:{CAROL}", str(here))
    assert [path.name for path in sorted(here.rglob("*.txt"))] == ["new.txt"]
    house.unshare("/lent", "carol", "choir", to="erin")
    erin.refused("cat", f"drive:{CAROL}/lent/new.txt")
    erin.refused("copy", file("too late\n"), f"drive:{CAROL}/lent")
    assert "carol@example.test/" not in erin.listed("Shared")
    assert carol.text("lent/new.txt") == "lent\n"
    with house.away("choir", "erin"):
        assert not {"Groups/", "Shared/", "Drop/"} & set(erin.listed(""))
        erin.refused("lsf", "drive:Groups/choir")
        erin.refused("lsf", f"drive:{DAVE}/takes")
    assert erin.listed("Groups") == ["choir/"]


@pytest.mark.needs("rclone")
def test_rclone_when_members_of_both_groups_drop_files_then_each_sees_his_own_alone(
    drive: Callable[[str], Rclone], file: Callable[[str], str]
) -> None:
    """(R16, R51, S12)"""
    alice, carol, dave, erin = (drive(name) for name in ("alice", "carol", "dave", "erin"))
    assert alice.listed("Drop") == ["bob@example.test/", "carol@example.test/"]
    assert erin.listed("Drop") == ["carol@example.test/", "dave@example.test/"]
    box = "Drop/carol@example.test"
    alice.run("copyto", file("by alice\n"), f"drive:{box}/letter.txt")
    dave.run("copyto", file("by dave\n"), f"drive:{box}/letter.txt")
    assert alice.text(f"{box}/letter.txt") == "by alice\n"
    assert dave.text(f"{box}/letter.txt") == "by dave\n"
    assert "letter.txt" not in erin.listed(box)
    erin.refused("cat", f"drive:{box}/letter.txt")
    dave.refused("cat", f"drive:{box}/letter (2).txt")
    alice.refused("copy", file("no common group\n"), "drive:Drop/erin@example.test")
    received = [path for path in carol.listed("Received") if path.startswith("letter")]
    assert sorted(carol.text(f"Received/{path}") for path in received) == ["by alice\n", "by dave\n"]
    for sender in (alice, dave):
        sender.run("deletefile", f"drive:{box}/letter.txt")
    assert not [path for path in carol.listed("Received") if path.startswith("letter")]


@pytest.mark.needs("cadaver")
def test_cadaver_when_she_reads_then_every_write_is_refused(house: Any, home: Home, file: Callable[[str], str]) -> None:
    """(R48, R57)"""
    back, new = home("carol") / "back", file("smuggled\n")
    told = cadaver(
        house.demo, "carol",
        f"cd Groups/team\nls\nget minutes.txt {back}\nput {new} b.txt\nmkcol c\ndelete minutes.txt\n"
        f"move minutes.txt d.txt\ncd /drive/{ALICE}/plans\nput {new} b.txt\ndelete a.txt\nls\n",
        home=home("carol"),
    )  # fmt: skip
    assert back.read_text() == "minutes\n", told
    assert told.count("403 Forbidden") == 6, told
    assert "b.txt" not in told.split("Listing collection")[-1], told
    told = cadaver(house.demo, "dave", "ls Groups/team\ncd Groups/team\n", home=home("dave"))
    assert "minutes.txt" not in told
    assert "404 Not Found" in told


@pytest.mark.needs("cadaver")
def test_cadaver_when_he_edits_and_drops_then_he_writes_and_reads_no_others_deposit(
    house: Any, home: Home, file: Callable[[str], str]
) -> None:
    """(R48, R51)"""
    new, back, stolen = file("by bob\n"), home("bob") / "back", home("bob") / "stolen"
    box = "/drive/Drop/carol@example.test"
    told = cadaver(house.demo, "alice", f"cd {box}\nput {file('hers')} hers.txt\nls\n", home=home("alice"))
    assert "hers.txt" in told.split("Listing collection")[-1], told
    file("by bob\n")
    told = cadaver(
        house.demo, "bob",
        f"cd Groups/team\nmkcol papers\ncd papers\nput {new} a.txt\nmove a.txt b.txt\nget b.txt {back}\ncd ..\n"
        f"rmcol papers\ncd /drive/{ALICE}/desk\nput {new} a.txt\ndelete a.txt\n"
        f"cd {box}\nput {new} from-bob.txt\nget hers.txt {stolen}\nls\n",
        home=home("bob"),
    )  # fmt: skip
    assert back.read_text() == "by bob\n", told
    assert not stolen.exists() or "hers" not in stolen.read_text(), told
    listed = told.split("Listing collection")[-1]
    assert ("from-bob.txt" in listed, "hers.txt" in listed) == (True, False), told
    assert "403" not in told, told
    told = cadaver(
        house.demo, "carol", "cd Received\nls\ndelete from-bob.txt\ndelete hers.txt\nls\n", home=home("carol")
    )
    assert "from-bob.txt" in told.split("Listing collection")[1]
    assert "hers.txt" in told.split("Listing collection")[1]
