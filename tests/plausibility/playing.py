"""Honest and corrupted days of one made-up company, and what the rules said of them."""

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from pathlib import Path

import click

from orchestration.run.steps import Run
from orchestration.settings import Company, load_company
from orchestration.synthetic.demo import write_demo
from orchestration.synthetic.dials import END
from tests.plausibility import marts
from tests.plausibility.corruptions import CORRUPTIONS
from tests.plausibility.days import days, gate

SEEDS, DAYS = (1, 2, 3, 4, 5), 200
CORRUPTED_DAYS = (150,)
"""On which of the days each corruption is played, by a full list and by what changed."""
BUILT_SEEDS = (1, 2)


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


def play(seed: int, what: str, count: int) -> Rates:
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
