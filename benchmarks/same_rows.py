"""Whether two versions of this project leave the same rows: the one here, and another checkout of it.

    python -m benchmarks.same_rows OTHER_CHECKOUT [--folder FOLDER]

Either version runs the sample (a first run, then one a day later in which nothing is new) and the company of
tests/runs (four runs, whose extracts bring every kind of change), each run in a process of its own. After
every run the marts of the build file are compared, after the sample's runs the published file too. Prints how
many tables and rows are alike and the CPU seconds of dbt's step; exit code 1 where anything differs.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import yaml

from benchmarks.rows import compared_marts
from orchestration.settings import SAMPLE_COMPANY, Company, load_company
from tests.runs import company as changing

HERE = Path(__file__).resolve().parent.parent
# The id of the release that a run is held against has its run's own.
_DRAWN = ("since_release",)
SAMPLE_RUNS = (datetime(2025, 7, 1, tzinfo=UTC), datetime(2025, 7, 2, tzinfo=UTC))
CHANGES = {
    changing.SECOND_NIGHT: changing.before_the_second_run,
    changing.THIRD_NIGHT: changing.before_the_third_run,
    changing.FOURTH_NIGHT: changing.before_the_fourth_run,
}


@dataclass
class Left:
    """What the runs of one version left: database files by what they are, and what dbt's step cost."""

    files: dict[str, Path] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def main() -> None:
    """Run both versions, compare, say what differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("other", type=Path, help="another checkout of this project")
    parser.add_argument("--folder", type=Path, help="keep the files here (default: a temporary folder)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as thrown_away:
        folder = (given.folder or Path(thrown_away)).resolve()
        other = _runs(given.other.resolve(), folder / "other")
        here = _runs(HERE, folder / "here")
        raise SystemExit(1 if _differences(here, other) else 0)


def _runs(checkout: Path, folder: Path) -> Left:
    left = Left()
    sample = _sample(folder / "sample")
    for number, as_of in enumerate(SAMPLE_RUNS, start=1):
        name = f"sample, run {number}"
        _run(checkout, sample, as_of, left, name)
        left.files[f"{name}, published"] = _kept(sample.published_file, folder / f"sample-{number}-published")
    (folder / "changing").mkdir()
    company = changing.make_company(folder / "changing")
    _run(checkout, company, changing.FIRST_NIGHT, left, "changing, run 1")
    for number, (as_of, delivered) in enumerate(CHANGES.items(), start=2):
        changing.deliver(company, as_of, delivered())
        _run(checkout, company, as_of, left, f"changing, run {number}")
    return left


def _sample(folder: Path) -> Company:
    """The committed sample with a warehouse below `folder`."""
    folder.mkdir(parents=True)
    content = yaml.safe_load(SAMPLE_COMPANY.read_text(encoding="utf-8"))
    content["extracts"] = str(SAMPLE_COMPANY.parent / content["extracts"])
    content["warehouse"] = str(folder / "warehouse")
    # Without one, either version would mix a random salt of its own into the ids of respondents.
    content["respondent_salt"] = "of both versions"
    path = folder / "company.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_company(path)


def _run(checkout: Path, company: Company, as_of: datetime, left: Left, name: str) -> None:
    """One run with the code of a checkout; its build file is kept under the run's name."""
    started = [sys.executable, "-c", "import sys; from orchestration.cli import main; sys.exit(main())"]
    done = subprocess.run(
        [*started, "run", "--company", company.path, "--as-of", as_of.isoformat()],
        cwd=checkout, env=os.environ | {"PYTHONPATH": str(checkout)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    kept = _kept(company.build_file, company.work.parent / name.replace(", ", "-").replace(" ", "-"))
    with duckdb.connect(str(kept), read_only=True) as connection:
        steps = connection.execute(
            "select sum(cpu_seconds) from audit.run_steps where step = 'dbt' and as_of = ?",
            [as_of.replace(tzinfo=None)],
        ).fetchall()
    if steps == [(None,)]:
        raise SystemExit(f"{checkout}: {name} never came to dbt.\n{done.stdout}{done.stderr}")
    left.files[name], left.seconds[name] = kept, steps[0][0]
    print(f"{checkout.name}: {name}: {steps[0][0]:.1f} s CPU in dbt, exit code {done.returncode}", flush=True)


def _kept(file: Path, name: Path) -> Path:
    return Path(shutil.copy(file, name.with_suffix(".duckdb")))


def _differences(here: Left, other: Left) -> int:
    """Compare file by file; how many tables differ."""
    found = 0
    for name, file in here.files.items():
        rows = compared_marts(file, other.files[name], _DRAWN)
        differing = {table: count for table, (count, same) in rows.items() if not same}
        found += len(differing)
        alike, count = len(rows) - len(differing), sum(count for count, _ in rows.values())
        print(
            f"{name}: {alike} of {len(rows)} marts alike, {count} rows"
            + "".join(f"\n  DIFFERS {table}" for table in differing),
            flush=True,
        )
    return found


if __name__ == "__main__":
    main()
