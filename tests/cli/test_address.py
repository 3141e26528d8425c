"""`coserver address` on a folder without a server."""


def test_address_when_given_listed_and_taken_away_then_each_is_told(begun):
    """R26."""
    assert begun("address", "add", "sales@example.test", "alice").status == 0
    assert begun("address", "catch-all", "example.test", "bob").status == 0
    told = begun("address", "list").out
    assert "sales@example.test" in told
    assert "*@example.test" in told
    assert [each["address"] for each in begun("address", "list", "bob", "--json").json][1:] == ["*@example.test"]
    assert begun("address", "catch-all", "example.test", "--none").status == 0
    assert begun("address", "remove", "sales@example.test").status == 0
    refused = begun("address", "remove", "sales@example.test")
    assert (refused.status, refused.err) == (1, "coserver: sales@example.test is not an alias.\n")


def test_address_when_asked_by_one_without_a_say_then_refused(begun):
    refused = begun("address", "add", "sales@example.test", "alice", "--as", "bob")
    assert (refused.status, refused.err.count("\n")) == (1, 1)
