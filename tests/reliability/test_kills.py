"""Sixty kills of what `make kills` does a thousand of, and the page that it writes."""

from collections import Counter

import pytest
from reliability.kills import SCENES, Kills, kill
from reliability.page import PAGE, Tried, rewritten


@pytest.mark.slow
@pytest.mark.parametrize(("scene", "times"), [("publishing alone", 50), ("the whole pipeline", 10)])
def test_a_kill_leaves_one_whole_set_of_files_and_costs_nothing_but_time(tmp_path, scene, times):
    *_, told = kill(SCENES[scene], tmp_path, times, seed=20261129)
    assert told.wrong == [] and told.total == told.right.total() == times


def test_the_page_has_a_place_for_both_tables_and_says_what_went_wrong():
    tried = Tried(Counter({"state files": 3}), Counter({"state files": 2}))
    kills = Kills(Counter({"run": 2}), Counter({"run": 1}), 1, ["seed 1, round 1: lost"])
    page = rewritten(PAGE.read_text(encoding="utf-8"), tried, {"the whole pipeline": kills})
    for line in (
        "| state files | 3 | 2 |",
        "| run, the whole pipeline | 2 | 1 |",
        "| the end of a round, the whole pipeline | 1 | 0 |",
    ):
        assert line in page
    assert rewritten(page, tried, {"the whole pipeline": kills}) == page
