"""Plays honest and corrupted days and writes both rates into docs/quality.md: `make quality`."""

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from tests.plausibility.page import write_rates
from tests.plausibility.playing import BUILT_SEEDS, DAYS, SEEDS, Rates, play

PROCESSES = 2


def main() -> None:
    """Play everything, or so many days of so many companies as the two arguments say."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DAYS
    seeds = SEEDS[: int(sys.argv[2])] if len(sys.argv) > 2 else SEEDS
    jobs = [(seed, "deliveries", count) for seed in seeds]
    jobs += [(seed, "marts", count) for seed in BUILT_SEEDS[: len(seeds)]]
    rates = Rates()
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        for played in pool.map(play, *zip(*jobs, strict=True)):
            rates.add(played)
    write_rates(rates.honest, rates.alarms, rates.tried, rates.found, len(seeds))


if __name__ == "__main__":
    main()
