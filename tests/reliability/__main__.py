"""`make kills`: kills processes at random moments, does every fault, and writes what came of it."""

import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import click
from reliability.faults import faults, meet
from reliability.kills import SCENES, Kills, kill
from reliability.page import PAGE, Tried, rewritten
from reliability.test_faults_outside import make

from orchestration.settings import load_company


@click.command()
@click.argument("kills", type=int, default=1000)
@click.option("--pipeline", type=int, default=100, show_default=True, help="So many of them over whole runs.")
@click.option("--seed", type=int, default=1, show_default=True)
def main(kills: int, pipeline: int, seed: int) -> None:
    """Kill KILLS processes, do every fault, and write the figures into docs/reliability.md."""
    wrong: list[str] = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        tried = _faults(folder / "faults", wrong)
        killed = {}
        for name, times in (("publishing alone", kills - pipeline), ("the whole pipeline", pipeline)):
            killed[name] = _kills(name, folder / name.replace(" ", "-"), times, seed)
            wrong += killed[name].wrong
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8"), tried, killed), encoding="utf-8")
    for fault in wrong:
        click.echo(fault)
    click.echo(f"{PAGE} is up to date; {len(wrong)} went wrong.")
    raise SystemExit(bool(wrong))


def _kills(name: str, folder: Path, times: int, seed: int) -> Kills:
    told = Kills()
    folder.mkdir()
    if times > 0:
        said = 0
        for told in kill(SCENES[name], folder, times, seed):
            click.echo(f"{name}: {told.total} killed, {told.right.total()} right, {len(told.wrong)} wrong")
            for fault in told.wrong[said:]:
                click.echo(f"  {fault}")
            said = len(told.wrong)
    return told


def _faults(folder: Path, wrong: list[str]) -> Tried:
    made = folder / "made"
    make(made)
    done: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for fault in faults():
        damaged = Path(shutil.copytree(made, folder / "damaged", symlinks=True))
        told = meet(load_company(damaged / "company.yml"), fault).fault_of(fault)
        done[fault.kind] += 1
        right[fault.kind] += not told
        wrong += [f"{fault.kind}, {fault.what}: {told}"] if told else []
        os.chdir(made)
        shutil.rmtree(damaged)
    return Tried(done, right)


if __name__ == "__main__":
    main()
