"""Plays honest and corrupted days and writes both rates into docs/quality.md: `make quality`."""

import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from multiprocessing import get_context
from pathlib import Path

import click

from orchestration.run.steps import Run
from orchestration.settings import Company, load_company
from orchestration.synthetic.demo import write_demo
from orchestration.synthetic.dials import END
from tests.plausibility import marts
from tests.plausibility.corruptions import CORRUPTIONS
from tests.plausibility.days import days, gate
from tests.plausibility.page import write_rates

SEEDS, DAYS = (1, 2, 3, 4, 5), 200
CORRUPTED_DAYS = (150,)
"""On which of the days each corruption is played, by a full list and by what changed."""
BUILT_SEEDS = (1, 2)
PROCESSES = 2


@dataclass
class Rates:
    """What was played and what was said."""

    honest: Counter[str] = field(default_factory=Counter)
    """Days by gate."""
    alarms: Counter[str] = field(default_factory=Counter)
    """Honest days that a rule found fault with, by rule."""
    tried: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    """Corruptions by their words."""

    def add(self, other: "Rates") -> None:
        """Take in what another company gave."""
        for mine, theirs in (
            (self.honest, other.honest),
            (self.alarms, other.alarms),
            (self.tried, other.tried),
            (self.found, other.found),
        ):
            mine.update(theirs)


def main() -> None:
    """Play everything, or so many days of so many companies as the two arguments say."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DAYS
    seeds = SEEDS[: int(sys.argv[2])] if len(sys.argv) > 2 else SEEDS
    jobs = [(seed, "deliveries", count) for seed in seeds]
    jobs += [(seed, "marts", count) for seed in BUILT_SEEDS[: len(seeds)]]
    rates = Rates()
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        for played in pool.map(_play, *zip(*jobs, strict=True)):
            rates.add(played)
    write_rates(rates.honest, rates.alarms, rates.tried, rates.found, len(seeds))


def _play(seed: int, what: str, count: int) -> Rates:
    """One company, in a process of its own."""
    rates = Rates()
    with tempfile.TemporaryDirectory() as folder:
        if what == "marts":
            _play_marts(Path(folder) / f"company_{seed}", seed, count, rates)
        else:
            _play_deliveries(Path(folder), seed, count, rates)
    return rates


def _play_deliveries(folder: Path, seed: int, count: int, rates: Rates) -> None:
    with gate() as asked:
        for number, day in enumerate(days(seed, count)):
            broken = asked.look(folder, day, delta=number % 2 == 1).broken
            rates.honest["raw"] += 1
            rates.alarms.update(broken.keys())
            for rule, messages in broken.items():
                click.echo(f"seed {seed}, {day.at:%Y-%m-%d}: {rule}: {messages[0]}", err=True)
            if number not in CORRUPTED_DAYS:
                continue
            for one in CORRUPTIONS:
                for delta in (False, True):
                    played = one.looked_at(asked, folder, day, delta)
                    if played is None:
                        continue
                    rates.tried[one.says] += 1
                    if one.rule in played.broken:
                        rates.found[one.says] += 1
                    else:
                        click.echo(f"seed {seed}, {day.at:%Y-%m-%d}: not found: {one.says}", err=True)


def _play_marts(folder: Path, seed: int, count: int, rates: Rates) -> None:
    company = _built(folder, seed)
    with marts.history(company.build_file, company.reporting_currency) as history:
        for number, on in enumerate(marts.last_days(count, END.date() - timedelta(days=1))):
            alarms = history.look(on)
            rates.honest["marts"] += 1
            rates.alarms.update(alarms)
            if number not in CORRUPTED_DAYS:
                continue
            for says, share, factor, rule in marts.CORRUPTIONS:
                rates.tried[says] += 1
                rates.found[says] += rule in history.look(on, share, factor)


def _built(folder: Path, seed: int) -> Company:
    company = load_company(write_demo(folder, "small", seed))
    run = Run(company, END.astimezone(UTC))
    run.land()
    run.check("raw")
    run.build()
    return company


if __name__ == "__main__":
    main()
