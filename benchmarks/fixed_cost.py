"""The fixed cost of a run: the sample, which is too small to cost anything itself, run three times.

    python -m benchmarks.fixed_cost

The first run builds everything from nothing; for the second, a day later, nothing was delivered; the third is
the second once more, which finds nothing new. CPU seconds of each step, as the run itself recorded them: the
dbt step may take 12, and the whole third run 8.
"""

import sys
import tempfile
from pathlib import Path

import yaml

from benchmarks.measuring import in_a_process
from orchestration.cli.main import main as saas_metrics
from orchestration.machine.duckdb_files import open_build_read_only
from orchestration.settings import SAMPLE_COMPANY, load_company

FIRST, LATER = "2025-07-01T00:00:00Z", "2025-07-02T00:00:00Z"


def main() -> None:
    """Run the sample's run three times and print what each step took; or be one of the runs."""
    if sys.argv[1:]:
        saas_metrics()
        return
    with tempfile.TemporaryDirectory() as folder:
        content = yaml.safe_load(SAMPLE_COMPANY.read_text(encoding="utf-8"))
        content["extracts"] = str(SAMPLE_COMPANY.parent / content["extracts"])
        content["warehouse"] = str(Path(folder) / "warehouse")
        path = Path(folder) / "company.yml"
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
        for run, as_of in (("first", FIRST), ("second", LATER), ("third", LATER)):
            answer = in_a_process("benchmarks.fixed_cost", "run", "--company", str(path), "--as-of", as_of)
            with open_build_read_only(load_company(path)) as connection:
                steps = connection.execute(
                    "select step, cpu_seconds from audit.run_steps "
                    "where run_id = (select last(run_id order by rowid) from audit.run_steps) order by rowid"
                ).fetchall()
            print(f"{run} run: {answer.cost.cpu:.1f} s CPU in all, {answer.cost.peak:.0f} MB")
            print("  " + ", ".join(f"{step} {cpu:.1f}" for step, cpu in steps), flush=True)


if __name__ == "__main__":
    main()
