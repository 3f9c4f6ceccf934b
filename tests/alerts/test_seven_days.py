"""A week on a server: the installed package, run by a user who owns no code, with the command of its unit."""

import csv
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from email import message_from_bytes, policy
from pathlib import Path

import duckdb
import pytest
import yaml
import zstandard

from orchestration.machine.project import PROJECT

UV = Path(sys.executable).with_name("uv")
OLD = PROJECT / "tests" / "data" / "upgrade"
"""A company of one canonical source, and the build file that version 0.1.0 made of it."""
NOBODY = 65534
VARIABLE = "OF_A_TEST_WEBHOOK"
IS_ROOT = os.geteuid() == 0

pytestmark = pytest.mark.slow


def as_nobody() -> dict[str, object]:
    """The user who runs it, as `subprocess` is told; oneself where one can't become another."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if IS_ROOT else {}


def python_of_all() -> str:
    """A Python of the version that is tested and that every user of the machine may start."""
    for candidate in (
        sys.executable,
        *filter(
            None, [shutil.which(f"python3.{minor}", path="/usr/bin:/usr/local/bin") for minor in (11, 12, 13)]
        ),
    ):
        try:
            subprocess.run(
                [candidate, "-c", "import ssl"], check=True, capture_output=True, cwd="/", **as_nobody()
            )
        except (OSError, subprocess.CalledProcessError):
            continue
        return candidate
    pytest.skip("no Python here may be started by another user")


@dataclass
class Server:
    """A machine where root has installed the package, and the company of a user who owns no code."""

    program: Path
    home: Path
    webhook: str

    def exec_start(self, unit: str) -> list[str]:
        """The command of a unit, with this machine's path."""
        text = (PROJECT / "deploy" / "systemd" / f"{unit}@.service").read_text(encoding="utf-8")
        (line,) = [line for line in text.splitlines() if line.startswith("ExecStart=")]
        program, *arguments = shlex.split(line.removeprefix("ExecStart="))
        assert program == "/opt/saas-metrics/bin/saas-metrics"
        return [str(self.program), *arguments]

    def call(self, unit: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """What the timer of a unit starts, in the unit's environment."""
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": "/nonexistent",
            "SAAS_METRICS_COMPANY": str(self.home / "company.yml"),
            "SAAS_METRICS_LOG_FORMAT": "json",
            "XDG_CACHE_HOME": str(self.home / "cache"),
            VARIABLE: self.webhook,
        }
        return subprocess.run(
            [*self.exec_start(unit), *arguments],
            cwd="/", env=environment, capture_output=True, text=True, check=False, **as_nobody(),
        )  # fmt: skip

    def run(self, day: int, hour: int = 1) -> tuple[int, str]:
        """A run at an hour (UTC) of a day of July: its exit code, and the outcome that its log tells."""
        ran = self.call("saas-metrics", "--as-of", f"2025-07-{day:02}T{hour:02}:00:00Z")
        lines = [json.loads(line) for line in ran.stderr.splitlines()]
        assert ran.stdout == "" and lines[-1]["event"] == "run_ended", ran.stderr
        return ran.returncode, lines[-1]["outcome"]

    def health(self, day: int, hour: int) -> tuple[int, str]:
        """What the watch's timer is told at an hour (UTC) of a day of July: exit code and verdict."""
        asked = self.call("saas-metrics-health", "--json", "--as-of", f"2025-07-{day:02}T{hour:02}:00:00Z")
        return asked.returncode, json.loads(asked.stdout)["verdict"]

    def deliver(self, day: int, factor: int = 1) -> None:
        """The whole of customers and items, as a billing system exports them in the evening before."""
        folder = self.home / "extracts" / "billing" / f"{date(2025, 7, day):%Y-%m-%d}"
        folder.mkdir()
        for name in ("customers.csv", "subscription_items.csv"):
            with (OLD / "extracts" / "billing" / name).open(encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
            for row in rows:
                if amount := row.get("unit_amount"):
                    row["unit_amount"] = str(Decimal(amount) * factor)
            with (folder / name).open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, rows[0].keys())
                writer.writeheader()
                writer.writerows(rows)
        if IS_ROOT:
            for path in (folder, *folder.iterdir()):
                os.chown(path, NOBODY, NOBODY)

    @property
    def published(self) -> Path:
        """The file that readers open."""
        return (self.home / "warehouse" / "warehouse.duckdb").resolve()

    def history(self) -> list[tuple[str, Decimal]]:
        """The as-of instant and the MRR at the end of May of every release."""
        found = []
        for file in sorted((self.home / "warehouse" / "releases").glob("*/warehouse.duckdb")):
            with duckdb.connect(str(file), read_only=True) as connection:
                found += connection.execute(
                    "select (select max(as_of)::varchar from audit.releases), closing_mrr "
                    "from marts.fct_company_monthly where period_month = date '2025-05-01'"
                ).fetchall()
        return found


@pytest.fixture
def server(web, mail) -> Iterator[Server]:
    base = Path(tempfile.mkdtemp(prefix="server-", dir="/var/tmp"))
    base.chmod(0o755)
    subprocess.run([UV, "build", "--quiet", "--wheel", "--out-dir", base / "dist", PROJECT], check=True)
    python = base / "code" / "bin" / "python"
    subprocess.run([UV, "venv", "--quiet", "--python", python_of_all(), base / "code"], check=True)
    (wheel,) = (base / "dist").glob("*.whl")
    lock = ("--constraint", PROJECT / "requirements.lock")
    subprocess.run(
        [UV, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, *lock, wheel], check=True
    )
    subprocess.run(["chmod", "-R", "a-w", base / "code"], check=True)
    home = base / "home"
    shutil.copytree(OLD / "extracts", home / "extracts")
    (home / "warehouse" / ".work").mkdir(parents=True)
    with (
        (OLD / "build.duckdb.zst").open("rb") as packed,
        (home / "warehouse/.work/build.duckdb").open("wb") as file,
    ):
        zstandard.ZstdDecompressor().copy_stream(packed, file)
    company = yaml.safe_load((OLD / "company.yml").read_text(encoding="utf-8"))
    company["schedule"] = {"cron": "0 3 * * *"}
    company["policies"] = {"fx_max_age_days": "60"}
    company["quality"] = {"freshness_hours": 30}
    company["alerts"] = {
        "webhook": {"url_variable": VARIABLE},
        "email": {"host": "127.0.0.1", "port": mail.port, "security": "none", "to": ["ops@example.com"],
                  "from_address": "metrics@example.com"},
    }  # fmt: skip
    (home / "company.yml").write_text(json.dumps(company), encoding="utf-8")
    if IS_ROOT:
        subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", home], check=True)
    yield Server(base / "code" / "bin" / "saas-metrics", home, web.address)
    subprocess.run(["chmod", "-R", "u+w", base], check=True)
    shutil.rmtree(base)


def test_a_week_of_seven_days(server, web, mail):
    def events():
        """What every mail since the last look was about; the webhook was told the same."""
        mails = [message_from_bytes(one.content, policy=policy.default) for one in mail.mails]
        subjects = [str(one["Subject"]).removeprefix("[saas-metrics] ") for one in mails]
        assert [text.split(" (as of")[0] for text in web.texts] == subjects
        mail.mails.clear()
        web.posted.clear()
        return [subject.removeprefix("Upgraded: ") for subject in subjects]

    # Tuesday: a new version over the build file of an old one.
    server.deliver(1)
    assert server.run(1) == (0, "published_with_warnings")
    assert events() == ["published with warnings"]
    # Wednesday: as it should be.
    server.deliver(2)
    assert server.run(2) == (0, "published") and events() == []
    wednesday = server.published
    # Thursday: prices in cents.
    server.deliver(3, factor=100)
    assert server.run(3) == (1, "refused") and events() == ["the run was refused"]
    assert server.health(3, 2) == (1, "refused") and server.published == wednesday
    # Friday: the machine is down at three in the morning, and the watch asks every hour.
    assert [server.health(4, hour) for hour in (2, 4, 5)] == [(1, "refused"), (1, "overdue"), (1, "overdue")]
    assert events() == ["the figures are overdue"]
    # Saturday: the extract is late, so that Thursday's is still the last one; it comes at nine.
    assert server.run(5) == (1, "refused") and events() == ["the run was refused"]
    assert server.published == wednesday
    server.deliver(5)
    assert server.run(5, hour=9) == (0, "published") and events() == []
    # Sunday and Monday: as it should be.
    for day in (6, 7):
        server.deliver(day)
        assert server.run(day) == (0, "published") and events() == []
    assert server.health(7, 4) == (0, "published")
    assert [as_of[:10] for as_of, _ in server.history()] == [f"2025-07-{day:02}" for day in (1, 2, 5, 6, 7)]
    assert len({mrr for _, mrr in server.history()}) == 1, "no cent was ever published as a euro"
    told = [
        json.loads(line) for line in (server.home / "warehouse" / "alerts.jsonl").read_text().splitlines()
    ]
    assert len(told) == 8 and {one["receiver"] for one in told} == {"webhook", "email"}
    assert [one for one in told if one["failure"]] == []
