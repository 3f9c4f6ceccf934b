"""Charts: what is stacked where, what is a gap, and what stands on the axes."""

import re

import pytest

from orchestration.run.morning_page.charts import Column, Line, bar_chart, line_chart, trace
from orchestration.run.morning_page.words import whole


def heights(path: str) -> list[float]:
    return [float(height) for height in re.findall(r"v([\d.]+)h", path)]


def test_what_is_above_0_goes_up_and_what_is_below_down():
    chart = bar_chart([Column("2025-06", (("new", 300.0), ("fx", 100.0), ("churn", -200.0)))], "desk", whole)
    paths = dict(chart.paths)
    tops = {kind: float(re.match(r"M[\d.]+ ([\d.]+)", path)[1]) for kind, path in paths.items()}
    (new,), (fx,), (churn,) = (heights(paths[kind]) for kind in ("new", "fx", "churn"))
    assert new == pytest.approx(3 * fx, rel=0.01) and churn == pytest.approx(2 * fx, rel=0.01)
    assert tops["fx"] + fx == pytest.approx(tops["new"], abs=0.2)
    assert tops["new"] + new == pytest.approx(chart.zero, abs=0.2)
    assert tops["churn"] == pytest.approx(chart.zero, abs=0.2)


def test_a_target_and_a_note_stand_at_their_month():
    chart = bar_chart(
        [Column("2025-05", (("mrr", 10.0),)), Column("2025-06", (("mrr", 10.0),), 20.0, (1, 2))],
        "phone",
        whole,
    )
    assert [text for _, text in chart.notes] == ["1,2"]
    assert dict(chart.paths)["target"].count("M") == 1


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_newest_month_has_its_words_and_none_leaves_the_drawing(size):
    columns = [Column(f"{2023 + place // 12}-{place % 12 + 1:02}", (("mrr", 1.0),)) for place in range(24)]
    chart = bar_chart(columns, size, whole)
    assert chart.labels[-1][1] == "2024-12"
    assert all(0 < x < chart.width for x, _ in chart.labels)
    assert all(0 < y < chart.height for y, _ in chart.grid)


def test_months_of_nothing_are_drawn_as_nothing():
    chart = bar_chart([Column("2025-06", (("mrr", 0.0),))], "desk", whole)
    assert chart.paths == ()


def test_what_is_not_known_is_a_gap_in_line_and_band():
    columns = [Column(f"2025-0{month}", ()) for month in range(1, 7)]
    values = (1.0, 2.0, None, 3.0, None, None)
    chart = line_chart(columns, [Line("nps", values, values, values)], "desk", whole)
    paths = dict(chart.paths)
    # The month between two gaps is a dot, and too little for a band.
    assert paths["line nps"].count("M") == 2 and paths["line nps"].endswith("h.1")
    assert paths["band nps"].count("M") == 1


def test_a_trace_needs_two_months():
    assert trace([None, 1.0, None]) == ""
    assert trace([1.0, 1.0]).startswith("M2.0 ")
