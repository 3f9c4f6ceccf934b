"""What a gate imports: its start is a part of every run's fixed cost."""

import subprocess
import sys

_GATE = """
import inspect, sys
from pathlib import Path
import duckdb
from orchestration.quality.gate import check
from orchestration.quality.rule import Rule
path = Path(sys.argv[1]) / "build.duckdb"
with duckdb.connect(str(path)) as connection:
    connection.execute("create schema marts; create table marts.numbers as select unnest([1, -1]) as number")
broken = "select number from {batch} where number < 0"
rule = Rule("positive", "numbers", "critical", "numbers are positive", "Report it.", broken)
assert [result.unexpected_count for result in check(path, "marts", [rule])] == [1]
# dbt asks it, and it asks every module where its file is.
inspect.getmodule(inspect.currentframe())
print("scipy.optimize" in sys.modules, "altair.utils" in sys.modules)
from scipy import stats
import scipy.stats.qmc, altair.utils
print(round(stats.norm.cdf(0), 1), altair.Chart().mark_bar().to_dict(validate=False)["mark"]["type"])
"""


def test_a_gate_needs_no_statistics_or_charts_and_leaves_them_usable(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", _GATE, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["False", "False", "0.5", "bar"]
