"""A small company of a few days, and what each verb does to it in a process of its own."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from pipeline import write_canonical, write_company
from reliability.killing import unused_id

from orchestration.backup.restore import restore
from orchestration.backup.write import back_up, default_folder
from orchestration.build.manifest import checksums_below, read_manifest
from orchestration.cli.run import Asked, run_company
from orchestration.closes.close import close_months
from orchestration.closes.verify import whole_chain
from orchestration.forget.run import forget
from orchestration.landing.forgotten import Forgotten, write_forgotten
from orchestration.machine.lock import exclusive
from orchestration.publish.descriptions import model_descriptions
from orchestration.publish.keep import roll_back
from orchestration.publish.privacy import published_classes
from orchestration.publish.release import Facts, publish
from orchestration.settings import Company

DAY = datetime(2025, 6, 1, tzinfo=UTC)
MAY = date(2025, 5, 1)
NAME, ADDRESS = "Lovelace Engines", "ada@engines.example"
WHO = "source:ada"


def tables(day: int) -> dict[str, list[dict[str, object]]]:
    """What the source held on a day: each day another seat; on the third one customer ends, one is gone."""
    ended = {"status": "ended", "ended_at": "2025-06-02"} if day > 2 else {"status": "active"}
    listed = ("ada", "bob", "eve") if day > 2 else ("ada", "bob", "eve", "fay")
    return {
        "customers": [
            {"customer_id": "ada", "name": NAME, "email": ADDRESS, "country": "FR"},
            {"customer_id": "bob", "name": "Bob & Sons", "email": "bob@sons.example", "country": "DE"},
            {"customer_id": "eve", "name": "Eve Ltd", "email": "eve@ltd.example", "country": "DE"},
            *({"customer_id": who, "name": "Fay & Co", "email": "fay@co.example", "country": "IT"}
              for who in listed[3:]),
        ],
        "subscriptions": [
            {"subscription_id": f"s-{who}", "customer_id": who, "started_at": "2025-01-01",
             **(ended if who == "eve" else {"status": "active"})}
            for who in listed
        ],
        "subscription_items": [
            {"subscription_id": f"s-{who}", "item_id": f"i-{who}", "valid_from": since, "customer_id": who,
             "status": "active", "currency": "USD", "unit_amount": 30, "quantity": seats,
             "interval_unit": "month", "interval_count": 1}
            for who, since, seats in (
                *((who, "2025-01-01", 4) for who in listed),
                *(("bob", f"2025-06-0{one}", one) for one in range(1, day)),
            )
        ],
        "survey_responses": [
            {"response_id": "r", "survey": "nps", "survey_type": "nps", "score": 9, "respondent": ADDRESS,
             "comment": f"Write to {ADDRESS}", "customer_id": "ada", "responded_at": "2025-05-01"},
        ],
    }  # fmt: skip


def deliver(company: Company, day: int) -> None:
    """The extracts of a day."""
    write_canonical(company.extracts / "source" / f"2025-06-{day:02d}", tables(day))


def make(folder: Path) -> Company:
    """The company after two days, and the extracts of the third."""
    folder.mkdir(parents=True, exist_ok=True)
    company = write_company(folder, publish={"parquet": True, "keep": 3}, quality={"keep_pages": 3})
    company.warehouse.mkdir()
    # Otherwise who is forgotten would have another id in each copy.
    write_forgotten(company.warehouse, Forgotten("5a1e"))
    for day in (1, 2):
        deliver(company, day)
        run(company, day)
    _back_up(company)
    deliver(company, 3)
    return company


def run(company: Company, day: int = 3) -> None:
    """A whole run, with all that the command does: the orchestrator, the terminal, the page."""
    as_of = DAY + timedelta(days=day - 1)
    run_company(company, Asked(as_of.isoformat(), allow_as_of=True))


def _publish(company: Company) -> None:
    """The last step alone; another name for the release, since the day's own is kept already."""
    manifest = read_manifest()
    facts = Facts(
        unused_id(),
        checksums_below(manifest, "fct_customer_mrr_monthly"),
        published_classes(manifest),
        model_descriptions(manifest),
    )
    with exclusive(company.work / "run.lock"):
        publish(company, facts)


def _roll_back(company: Company) -> None:
    with exclusive(company.work / "run.lock"):
        roll_back(company, None)


def _forget(company: Company) -> None:
    with exclusive(company.work / "run.lock"):
        forget(company, WHO)


def _close(company: Company) -> None:
    """Every month up to May, where one is still open."""
    with exclusive(company.work / "run.lock"):
        if whole_chain(company).closed_through != MAY:
            close_months(company, MAY, on_month=lambda month: None)


def _back_up(company: Company) -> None:
    with exclusive(company.work / "run.lock"):
        back_up(company, default_folder(company))


def _restore(company: Company) -> None:
    with exclusive(company.work / "run.lock"):
        restore(company, default_folder(company), replace=False)


VERBS: Mapping[str, Callable[[Company], None]] = {
    "run": run,
    "publish": _publish,
    "rollback": _roll_back,
    "forget": _forget,
    "close": _close,
    "backup": _back_up,
    "restore": _restore,
}
