"""What is planned for a branch, what is written, and what is left as it was."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from fake_github import Server
from fake_protection import CHECKS, QUEUE, REVIEWS, STRICT, asks, classic_checks
from fake_repository import FakeGitHub
from gate.errors import GitHubError
from gate.github.api import Api, Limits
from gate.github.protect import applied, reading
from gate.github.protect.plan import Plan, Wanted, plan
from gate.github.protect.rules import Check, InForce

Json = Any

TOKEN = "ghp_thisMustNotBeShown"
GATE = Check(context="gate")
WANTED = Wanted(checks=(GATE,))


@pytest.fixture(autouse=True)
def main(github: FakeGitHub) -> None:
    """The repository has a branch to protect."""
    github.add_branch("main", {"files": {"README.md": "A study"}})


@pytest.fixture
def api(server: Server) -> Api:
    return Api(server.url, TOKEN, Limits(attempts=3, backoff=0.001, timeout=10))


Protect = Callable[..., Plan]


@pytest.fixture
def protect(api: Api) -> Protect:
    """Read, plan and make the change; the plan."""

    def protect(wanted: Wanted = WANTED, branch: str | None = None) -> Plan:
        made = plan(wanted, reading.read(api, "o/r", branch))
        applied.apply(api, made, pause=0)
        return made

    return protect


def writes(github: FakeGitHub) -> list[str]:
    return [
        f"{r['method']} {r['path'].removeprefix('/repos/o/r')}"
        for r in github.state.requests
        if r["method"] != "GET"
    ]


def classic(github: FakeGitHub, branch: str = "main") -> Json:
    return github.protection.classic[branch]


def told(github: FakeGitHub, branch: str = "main") -> list[tuple[str, int | None]]:
    """The checks of classic protection, with their apps."""
    return [
        (c["context"], c["app_id"]) for c in classic(github, branch)[CHECKS]["checks"]
    ]


# Where the check goes


def test_a_branch_without_rules_gets_a_ruleset_of_its_own(
    protect: Protect, github: FakeGitHub
) -> None:
    protect()
    assert writes(github) == ["POST /rulesets"]
    (made,) = github.protection.rulesets.values()
    assert (made["name"], made["target"], made["enforcement"]) == (
        "gate",
        "branch",
        "active",
    )
    assert made["conditions"] == {
        "ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}
    }
    assert made["rules"] == [asks("gate", strict=True)]
    assert made["bypass_actors"] == []


def test_a_branch_that_is_not_the_default_is_named(
    protect: Protect, github: FakeGitHub
) -> None:
    github.add_branch("release/1.x", {"from": "main"})
    protect(branch="release/1.x")
    (made,) = github.protection.rulesets.values()
    include = made["conditions"]["ref_name"]["include"]
    assert include == ["refs/heads/release/1.x"]
    assert [*github.protection.active("main")] == []


@pytest.mark.parametrize(
    ("taken", "name"),
    [
        (["Gate"], "gate (main)"),
        (["gate", "gate (main)"], "gate 2"),
        (["gate", "gate (main)", "gate 2"], "gate 3"),
        (["another"], "gate"),
    ],
)
def test_a_ruleset_has_a_name_that_is_free(
    protect: Protect, github: FakeGitHub, taken: list[str], name: str
) -> None:
    for one in taken:
        github.protection.add_ruleset(
            [asks("gate", strict=True)], name=one, enforcement="disabled"
        )
    made = protect()
    assert made.change and made.change.after.name == name
    assert [r["name"] for r in github.protection.rulesets.values()] == [*taken, name]
    assert [r["enforcement"] for r in github.protection.rulesets.values()] == [
        *["disabled"] * len(taken),
        "active",
    ]
    held = [note for note in made.notes if "it holds nothing" in note]
    assert len(held) == sum(one.lower().startswith("gate") for one in taken)


def test_a_name_of_the_organizations_is_no_obstacle(
    protect: Protect, github: FakeGitHub
) -> None:
    github.protection.add_ruleset(
        [{"type": "deletion"}], name="gate", source_type="Organization", source="acme"
    )
    made = protect()
    assert made.change and made.change.after.name == "gate"


def test_classic_protection_with_checks_gets_one_more(
    protect: Protect, github: FakeGitHub
) -> None:
    github.protect(
        **classic_checks("lint", ("build", 15368)),
        enforce_admins=True,
        required_linear_history=True,
    )
    # GitHub would bind a check without an app to the one that set it last.
    github.protection.last_apps.update(lint=7, gate=8)
    before = copy.deepcopy(classic(github))
    protect()
    assert writes(github) == [f"PATCH /branches/main/protection/{CHECKS}"]
    assert told(github) == [("lint", None), ("build", 15368), ("gate", None)]
    assert classic(github)[CHECKS]["strict"] is True
    after = classic(github)
    assert {k: v for k, v in after.items() if k != CHECKS} == {
        k: v for k, v in before.items() if k != CHECKS
    }


def test_classic_protection_of_a_server_of_old_is_told_names_only(
    protect: Protect, github: FakeGitHub
) -> None:
    github.protect(**classic_checks("lint"))
    del classic(github)[CHECKS]["checks"]
    found = InForce(
        repository="o/r", branch="main", protection=classic(github), rules=None
    )
    made = plan(WANTED, found).change
    assert made and made.body == {"strict": True, "contexts": ["lint", "gate"]}


def test_a_ruleset_for_the_branch_gets_the_check_and_nothing_else(
    protect: Protect, github: FakeGitHub
) -> None:
    rule = asks("lint", ("build", 15368), do_not_enforce_on_create=True)
    actor = {"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}
    number = github.protection.add_ruleset(
        [{"type": "deletion"}, rule, REVIEWS], bypass_actors=[actor], name="mine"
    )
    before = copy.deepcopy(github.protection.rulesets[number])
    protect()
    assert writes(github) == [f"PUT /rulesets/{number}"]
    after = github.protection.rulesets[number]
    assert after["rules"][1]["parameters"] == {
        CHECKS: [
            {"context": "lint"},
            {"context": "build", "integration_id": 15368},
            {"context": "gate"},
        ],
        STRICT: True,
        "do_not_enforce_on_create": True,
    }
    after["rules"][1], after["updated_at"] = rule, before["updated_at"]
    assert after == before


@pytest.mark.parametrize(
    ("include", "branch", "extended"),
    [
        (["~DEFAULT_BRANCH"], "main", True),
        (["refs/heads/main"], "main", True),
        (["~DEFAULT_BRANCH", "refs/heads/main"], "main", True),
        (["refs/heads/dev"], "dev", True),
        (["~ALL"], "main", False),
        (["refs/heads/*"], "main", False),
        (["refs/heads/main", "refs/heads/dev"], "main", False),
        (["~DEFAULT_BRANCH", "refs/heads/dev"], "dev", False),
    ],
)
def test_a_ruleset_that_holds_for_other_branches_is_left_alone(
    protect: Protect,
    github: FakeGitHub,
    include: list[str],
    branch: str,
    extended: bool,
) -> None:
    github.add_branch("dev", {"from": "main"})
    number = github.protection.add_ruleset([asks("lint")], include=include)
    before = copy.deepcopy(github.protection.rulesets[number])
    made = protect(branch=branch)
    if extended:
        assert writes(github) == [f"PUT /rulesets/{number}"]
        return
    assert writes(github) == ["POST /rulesets"]
    assert github.protection.rulesets[number] == before
    assert "holds for other branches too" in "".join(made.notes)


def test_classic_protection_of_a_pattern_is_left_alone(
    protect: Protect, github: FakeGitHub
) -> None:
    github.protect(**classic_checks("lint"))
    github.protection.patterns["main"] = "ma*"
    made = protect()
    assert writes(github) == ["POST /rulesets"]
    assert "classic protection holds for other branches too" in made.notes[0]


def test_a_ruleset_of_the_organization_is_read_and_never_written(
    protect: Protect, github: FakeGitHub
) -> None:
    github.protection.add_ruleset(
        [asks("lint")], source_type="Organization", source="acme"
    )
    made = protect()
    assert writes(github) == ["POST /rulesets"]
    assert "is kept by acme" in made.notes[0]


def test_so_is_one_of_the_enterprise() -> None:
    about = {"ruleset_id": 3, "ruleset_source": "corp"}
    rule = {**asks("gate"), **about, "ruleset_source_type": "Enterprise"}
    made = plan(WANTED, InForce(repository="o/r", branch="main", rules=(rule,)))
    assert made.change and made.change.method == "POST"
    assert "is kept by corp" in made.notes[0]


def test_the_place_that_has_the_check_already_is_preferred(
    protect: Protect, github: FakeGitHub
) -> None:
    github.protect(**classic_checks("lint"))
    number = github.protection.add_ruleset([asks("lint", "gate")])
    protect()
    assert writes(github) == [f"PUT /rulesets/{number}"]
    assert told(github) == [("lint", None)]


@pytest.mark.parametrize(
    ("classic", "rulesets"),
    [
        ([("gate", True)], []),
        ([], [("gate", True)]),
        ([("gate", False)], [("lint", True)]),
        ([("lint", True)], [("gate", False)]),
        ([], [("gate", False), ("lint", True)]),
    ],
)
def test_what_holds_already_by_either_system_is_not_written(
    protect: Protect,
    github: FakeGitHub,
    classic: list[tuple[str, bool]],
    rulesets: list[tuple[str, bool]],
) -> None:
    for name, strict in classic:
        github.protect(**classic_checks(name, strict=strict))
    for name, strict in rulesets:
        github.protection.add_ruleset([asks(name, strict=strict)], include=["~ALL"])
    assert protect().change is None
    assert writes(github) == []


def test_strict_without_a_check_has_no_effect(
    protect: Protect, github: FakeGitHub
) -> None:
    github.protect(**classic_checks(strict=True))
    number = github.protection.add_ruleset([asks("gate")], include=["~ALL"])
    protect()
    assert told(github) == [("gate", None)]
    assert github.protection.rulesets[number]["rules"] == [asks("gate")]


def test_without_strict_branches_may_stay_behind(
    protect: Protect, github: FakeGitHub
) -> None:
    loose = Wanted(checks=(GATE,), strict=False)
    protect(loose)
    (made,) = github.protection.rulesets.values()
    assert made["rules"] == [asks("gate", strict=False)]
    assert protect(loose).change is None


def test_without_strict_what_is_strict_stays_so(
    protect: Protect, github: FakeGitHub
) -> None:
    github.protect(**classic_checks("lint", strict=True))
    protect(Wanted(checks=(GATE,), strict=False))
    assert classic(github)[CHECKS]["strict"] is True


def test_several_checks_are_required_by_one_change(
    protect: Protect, github: FakeGitHub
) -> None:
    number = github.protection.add_ruleset([asks("gate (data)")])
    names = ("gate (code)", "gate (data)", "gate (model)")
    protect(Wanted(checks=tuple(Check(context=name) for name in names)))
    listed = github.protection.rulesets[number]["rules"][0]["parameters"][CHECKS]
    assert [one["context"] for one in listed] == [
        "gate (data)",
        "gate (code)",
        "gate (model)",
    ]


OF_ACTIONS = Wanted(checks=(Check(context="gate", app=15368),))


@pytest.mark.parametrize("there", ["gate", ("gate", 7)])
def test_a_check_can_be_bound_to_an_app(
    protect: Protect, github: FakeGitHub, there: str | tuple[str, int]
) -> None:
    github.protect(**classic_checks("lint", there, "docs", strict=True))
    protect(OF_ACTIONS)
    assert told(github) == [("lint", None), ("gate", 15368), ("docs", None)]
    assert protect(OF_ACTIONS).change is None


@pytest.mark.parametrize("there", ["gate", ("gate", 7)])
def test_a_check_of_a_ruleset_can_be_bound_to_an_app(
    protect: Protect, github: FakeGitHub, there: str | tuple[str, int]
) -> None:
    number = github.protection.add_ruleset([asks("lint", there, strict=True)])
    protect(OF_ACTIONS)
    rules = github.protection.rulesets[number]["rules"]
    assert rules == [asks("lint", ("gate", 15368), strict=True)]
    assert protect(OF_ACTIONS).change is None


def test_a_check_that_is_bound_already_stays_bound(
    protect: Protect, github: FakeGitHub
) -> None:
    github.protection.add_ruleset([asks(("gate", 15368), strict=True)])
    assert protect().change is None


def test_a_server_without_rulesets_gets_classic_protection(
    protect: Protect, github: FakeGitHub
) -> None:
    github.protection.has_rulesets = False
    made = protect()
    assert writes(github) == ["PUT /branches/main/protection"]
    assert told(github) == [("gate", None)]
    assert classic(github)[CHECKS]["strict"] is True
    assert classic(github)["enforce_admins"]["enabled"] is False
    assert "administrators may merge past it" in "".join(made.notes)
    assert protect().change is None


EVERYTHING = {
    "enforce_admins": True,
    "required_pull_request_reviews": {
        "dismissal_restrictions": {"users": ["ada"], "teams": ["core"], "apps": []},
        "bypass_pull_request_allowances": {"users": [], "teams": [], "apps": ["bot"]},
        "dismiss_stale_reviews": True,
        "require_code_owner_reviews": True,
        "require_last_push_approval": True,
        "required_approving_review_count": 3,
    },
    "restrictions": {"users": ["ada", "bob"], "teams": ["core"], "apps": ["bot"]},
    "required_linear_history": True,
    "allow_force_pushes": True,
    "allow_deletions": True,
    "block_creations": True,
    "required_conversation_resolution": True,
    "lock_branch": True,
    "allow_fork_syncing": True,
}
NOTHING: Json = {name: None for name in EVERYTHING}


@pytest.mark.parametrize(
    "set_to",
    [
        EVERYTHING,
        NOTHING,
        {**NOTHING, "restrictions": {"users": [], "teams": [], "apps": []}},
        {
            **EVERYTHING,
            "required_pull_request_reviews": {
                "dismissal_restrictions": {"users": [], "teams": [], "apps": []}
            },
        },
    ],
)
def test_what_a_server_of_old_has_set_is_carried_over_whole(
    protect: Protect, github: FakeGitHub, set_to: Json
) -> None:
    github.protection.has_rulesets = False
    github.protect(**set_to)
    before = copy.deepcopy(classic(github))
    protect()
    assert writes(github) == ["PUT /branches/main/protection"]
    after = classic(github)
    assert told(github) == [("gate", None)]
    del after[CHECKS]
    assert after == before


@pytest.mark.parametrize(
    ("where", "what"),
    [
        ([], {"required_signatures": {"url": "x", "enabled": True}}),
        ([], {"require_something_new": {"enabled": True}}),
        ([], {"allow_deletions": "sometimes"}),
        (["required_pull_request_reviews"], {"require_something_new": True}),
        (["restrictions"], {"users": [{"id": 3}]}),
        (["restrictions"], {"robots": []}),
        (["required_pull_request_reviews", "dismissal_restrictions"], {"apps": [None]}),
    ],
)
def test_what_cannot_be_carried_over_is_not_dropped(
    where: list[str], what: Json, github: FakeGitHub
) -> None:
    protection = copy.deepcopy(github.protect(**EVERYTHING))
    inside = protection
    for key in where:
        inside = inside[key]
    inside.update(what)
    found = InForce(repository="o/r", branch="main", protection=protection, rules=None)
    with pytest.raises(GitHubError, match="cannot be sent back as it is") as caught:
        plan(WANTED, found)
    assert next(iter(what)) in caught.value.message


def test_a_ruleset_that_changed_while_it_was_read_is_not_sent_back() -> None:
    """Else its other rules would be replaced by what nobody has seen."""
    rule = {**asks("lint"), "ruleset_id": 3}
    conditions = {"ref_name": {"include": ["~DEFAULT_BRANCH"]}}
    kept = {"id": 3, "name": "mine", "conditions": conditions, "rules": []}
    found = InForce(repository="o/r", branch="main", rules=(rule,), own=(kept,))
    with pytest.raises(GitHubError, match="nothing was changed"):
        plan(WANTED, found)


# What else is said


@pytest.mark.parametrize(
    ("rules", "about", "note"),
    [
        ([asks("lint"), QUEUE], {}, "with --no-strict, authors need not"),
        (
            [asks("lint")],
            {"bypass_actors": [{"actor_type": "DeployKey", "bypass_mode": "always"}]},
            "the ruleset has a bypass list",
        ),
        ([], {}, "by nobody, administrators included"),
    ],
)
def test_what_else_comes_of_it_is_said(
    protect: Protect, github: FakeGitHub, rules: list[Json], about: Json, note: str
) -> None:
    if rules:
        github.protection.add_ruleset(rules, **about)
    assert note in "".join(protect().notes)


# Names


@pytest.mark.parametrize(
    "branch",
    [
        "release/1.x",
        "feature/#12",
        "größe/ü",
        "100%",
        "a%2Fb",
        "a&b=c;d",
        "`code`<!--x-->@eve|b|<b>",
        "a'b\"c$(d)|e",
        "\u202eevil",
        "x+y",
        "refs/heads/main",
    ],
)
def test_any_name_that_git_allows_is_asked_for_as_it_is(
    protect: Protect, github: FakeGitHub, branch: str
) -> None:
    github.add_branch(branch, {"from": "main"})
    protect(branch=branch)
    (made,) = github.protection.rulesets.values()
    assert made["conditions"]["ref_name"]["include"] == [f"refs/heads/{branch}"]
    assert protect(branch=branch).change is None
    for request in github.state.requests:
        assert request["path"].isascii()
        assert request["path"].startswith("/repos/o/r")


@pytest.mark.parametrize(
    "branch",
    [
        *("", ".", "..", "../protection", "a/../b", "a/./b", "a//b", "/a", "a/", "-x"),
        *("a b", "a\nb", "a\x00b", "a\x7f", "a~1", "a^", "a:b", "a?b", "a*", "a[b]"),
        *("a\\b", "a.lock", "a.lock/b", ".a", "a/.b", "a@{1}", "@", "a.", "release/*"),
    ],
)
def test_what_git_calls_no_branch_so_is_never_asked_for(
    api: Api, github: FakeGitHub, branch: str
) -> None:
    with pytest.raises(GitHubError, match="can be no branch"):
        reading.read(api, "o/r", branch)
    assert github.state.requests == []


def test_a_branch_that_is_not_there_is_not_protected(
    api: Api, github: FakeGitHub
) -> None:
    with pytest.raises(GitHubError, match="o/r has no branch 'mian'"):
        reading.read(api, "o/r", "mian")


def test_nothing_is_planned_for_an_archived_repository(
    api: Api, github: FakeGitHub
) -> None:
    github.setup(archived=True)
    with pytest.raises(GitHubError, match="o/r is archived"):
        reading.read(api, "o/r")
