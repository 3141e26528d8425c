"""Deeds about accounts that contradict one another, done at once: each is done wholly or clearly refused."""

DONE = "done"
LETTER = b"Subject: again\r\n\r\nand again\r\n"
PASSWORD = "contradict everything"


def test_plan_when_made_smaller_while_things_are_added_then_nothing_is_lost_or_added_beyond_it(ground):
    """S1, S2: a smaller plan takes nothing away, and nothing is added beyond it."""
    for _ in ground.rounds():
        alice, bob = ground.person(), ground.person()
        name = ground.group(alice, bob)
        others = [ground.person() for _ in range(2)]
        deeds = {
            "downgrade": ground.verb("account plan", login=alice.login, plan="small"),
            "agree": ground.verb("account override", login=alice.login, key="documents_bytes", value="1000"),
            "clear": ground.verb("account override", login=alice.login),
            "put": ground.asked(alice, "PUT", "/drive/own", b"x" * 900_000),
            "put in group": ground.asked(bob, "PUT", f"/drive/Groups/{name}/theirs", b"x" * 900_000),
            "append": ground.told(alice, "append", "INBOX", None, None, LETTER),
            "found": ground.verb("group add", name=ground.name("more"), admin=alice.login),
            "found another": ground.verb("group add", name=ground.name("more"), admin=alice.login),
            **{f"add {each.login}": ground.verb("group member add", name=name, login=each.login) for each in others},
        }
        answers = ground.at_once(deeds)
        assert (answers["downgrade"], answers["clear"]) == (DONE, DONE), answers
        assert len(ground.members(name)) == 2 + sum(answers[f"add {each.login}"] == DONE for each in others)
        for path, deed in (("own", "put"), (f"Groups/{name}/theirs", "put in group")):
            assert (ground.asked(alice, "GET", f"/drive/{path}")() == DONE) == (answers[deed] == DONE)
        if len(ground.members(name)) >= 3:
            assert ground.verb("group member add", name=name, login=ground.person().login)() == "NotInPlan"


def test_account_when_closed_while_made_administrator_then_one_of_the_two_is_refused(ground):
    """S4: who administers a group with others does not go, and who goes does not come to administer one."""
    for _ in ground.rounds():
        alice, bob, carol = ground.person(), ground.person(), ground.person()
        name, alone = ground.group(alice, bob), ground.group(bob)
        token = ground.invited(alone, carol)
        ground.do("group propose", name=name, login=bob.login)
        gone = ground.group(bob, alice)
        ground.do("group delete", name=gone)
        deeds = {
            "restore his": ground.verb("group restore", name=gone),
            "take over": ground.verb("group take-over", name=name, login=bob.login),
            "close": ground.verb("account delete", login=bob.login),
            "hand over": ground.verb("group hand-over", name=name, login=bob.login),
            "found": ground.verb("group add", name=ground.name("more"), admin=bob.login),
            "add to his": ground.verb("group member add", name=alone, login=alice.login),
            "accept": ground.verb("group accept", token=token),
            "erase": ground.verb("account delete", login=bob.login, now=True),
            "write": ground.asked(bob, "PUT", f"/drive/Groups/{name}/new", b"1"),
            "mail": ground.told(bob, "append", "INBOX", None, None, LETTER),
        }
        answers = ground.at_once(deeds)
        owns = ground.rows(
            "SELECT g.id FROM grouping g JOIN account a ON a.id = g.administrator_id WHERE a.login = ? "
            "AND (SELECT count(*) FROM member m WHERE m.group_id = g.id) > 1", bob.login,
        )  # fmt: skip
        assert not owns or DONE not in (answers["close"], answers["erase"]), answers


def test_account_when_restored_and_erased_at_once_then_nothing_of_it_is_left(ground):
    """S24: a closed account comes back whole, or is gone whole."""
    for _ in ground.rounds():
        alice, bob = ground.person(), ground.person()
        name = ground.group(alice, bob)
        ground.asked(bob, "PUT", "/drive/kept", b"1")()
        ground.do("account delete", login=bob.login)
        deeds = {
            "restore": ground.verb("account restore", login=bob.login),
            "erase": ground.verb("account delete", login=bob.login, now=True),
            "close": ground.verb("account delete", login=bob.login),
            "suspend": ground.verb("account suspend", login=bob.login),
            "resume": ground.verb("account resume", login=bob.login),
            "remove": ground.verb("group member remove", name=name, login=bob.login),
            "make anew": ground.verb("account add", login=bob.login, verifier=ground.verifier),
        }
        answers = ground.at_once(deeds)
        assert answers["erase"] == DONE, answers
        assert ground.asked(bob, "GET", "/drive/kept")() in {
            "401",
            "403",
            "404",
        }  # no account, a new one closed, or open
        assert bob.login not in ground.members(name)


def test_name_when_wished_for_many_times_at_once_then_one_gets_it(ground):
    """R22: one of those who sign up for a name gets it."""
    for _ in ground.rounds():
        post, login = ground.person(), f"{ground.name('wish')}@example.test"
        wish = {"login": login, "address": post.login, "password": PASSWORD}
        deeds = {f"sign up {number}": ground.verb("account sign-up", **wish) for number in range(3)}
        deeds["add"] = ground.verb("account add", login=login, verifier=ground.verifier)
        answers = ground.at_once(deeds)
        assert list(answers.values()).count(DONE) == 1, answers
        assert len(ground.rows("SELECT id FROM account WHERE login = ?", login)) == 1


def test_sign_up_when_confirmed_and_given_up_at_once_then_one_of_the_two_counts(ground):
    """R21, R22: a sign-up is confirmed once, or its name is free."""
    for _ in ground.rounds():
        post, login = ground.person(), f"{ground.name('wish')}@example.test"
        ground.do("account sign-up", login=login, address=post.login, password=PASSWORD)
        token = ground.code(post)
        deeds = {f"confirm {number}": ground.verb("account confirm", token=token) for number in range(3)}
        deeds["start over"] = ground.verb("account start-over", login=login)
        deeds["resend"] = ground.verb("account resend", login=login)
        answers = ground.at_once(deeds)
        ended = [deed for deed, answer in answers.items() if answer == DONE and deed != "resend"]
        assert len(ended) == 1, answers
        state = ground.rows("SELECT state FROM account WHERE login = ?", login)
        assert state == ([] if ended == ["start over"] else [("active",)])


def test_domain_when_given_up_while_somebody_moves_in_then_nobody_comes_after_its_end(ground):
    """S27: a removed domain rests, with those who are in it; nobody new comes."""
    for _ in ground.rounds():
        host, postmaster = f"{ground.name('house')}.test", ground.person()
        ground.do("domain add", name=host, postmaster=postmaster.login)
        deeds = {
            "remove": ground.verb("domain remove", name=host),
            "restore": ground.verb("domain restore", name=host),
            "add": ground.verb("account add", login=f"carol@{host}", verifier=ground.verifier),
            "sign up": ground.verb(
                "account sign-up", login=f"bob@{host}", address=postmaster.login, password=PASSWORD
            ),
            "erase its postmaster": ground.verb("account delete", login=postmaster.login, now=True),
            "add again": ground.verb("domain add", name=host),
        }  # fmt: skip
        answers = ground.at_once(deeds)
        ((removed,),) = ground.rows("SELECT removed > 0 FROM domain WHERE name = ?", host)
        assert removed == (answers["remove"] == DONE and answers["restore"] != DONE), answers
        comes = ground.verb("account add", login=f"dave@{host}", verifier=ground.verifier)()
        assert (comes == DONE) == (not removed), comes
