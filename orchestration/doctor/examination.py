"""Every question that is asked of a company and its machine, in the order in which a run meets them."""

from collections.abc import Callable, Iterator
from datetime import datetime

from orchestration.doctor.data import backup, mappings, sources
from orchestration.doctor.finding import OK, Finding
from orchestration.doctor.machine import disk, engine, lock, rights
from orchestration.doctor.warehouse import build_file, clock, published_file, schedule
from orchestration.machine.wording import counted
from orchestration.settings import Company

_QUESTIONS: tuple[Callable[[Company, datetime], Iterator[Finding]], ...] = (
    mappings,
    sources,
    rights,
    disk,
    lock,
    engine,
    build_file,
    published_file,
    clock,
    schedule,
    backup,
)


def examined(company: Company, now: datetime) -> Iterator[Finding]:
    """What is found at an instant (aware), one after another. Nothing is written."""
    limits = company.limits
    yield Finding(
        OK,
        "company",
        f"{company.name}: figures in {company.reporting_currency}, days of {company.reporting_timezone}, "
        f"{counted(len(company.sources), 'source')}; a run may use {limits.memory_limit} and "
        f"{counted(limits.threads, 'thread')}",
    )
    for question in _QUESTIONS:
        yield from question(company, now)
