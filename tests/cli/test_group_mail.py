"""The commands of `coserver group` about mail, on a folder without a server (S19)."""


def test_group_mail_when_set_then_each_is_told_and_shown(begun):
    assert begun("group", "add", "team", "--admin", "alice").status == 0
    assert begun("group", "address", "team").err == "team@example.test\n"
    assert begun("group", "posting", "team", "moderated", "--as", "alice").status == 0
    assert begun("group", "copies", "team", "alice", "off").status == 0
    shown = begun("group", "show", "team", "--json").json
    assert (shown["address"], shown["posting"]) == ("team@example.test", "moderated")
    assert [each["copies"] for each in shown["members"]] == [False]
    assert begun("group", "held", "team").err == "Nothing is held.\n"
    refused = begun("group", "release", "team", "7")
    assert (refused.status, refused.err) == (1, "coserver: No message 7 is held, or not any more.\n")
    assert begun("group", "discard", "team", "x").status == 2
    assert begun("group", "posting", "team", "everybody").status == 2
    assert begun("group", "address", "team", "--none").status == 0
    assert begun("address", "list", "--json").json[-1]["address"] == "postmaster@example.test"
