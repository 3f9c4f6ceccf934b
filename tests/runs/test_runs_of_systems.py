"""What billing systems let happen, run after run: what was kept is what a rebuild finds."""

import pytest
from pipeline import write_canonical, write_company

from orchestration.build.scope import find_scope
from orchestration.run.steps import Run
from orchestration.synthetic.nights import Archive
from tests.equivalence.habits import AS_OF, SYSTEMS, Setting, delivered, events_of
from tests.runs.comparing import differing_rows, rebuild


@pytest.mark.slow
def test_runs_of_every_system_leave_the_rows_of_a_rebuild(tmp_path):
    """Swaps, coupons that vanish, prices that change: as snapshots and as deltas, over a month's end."""
    events = events_of(Setting(2, 4, ()))
    (end,) = Archive(events).nights([AS_OF])
    write_canonical(tmp_path / "extracts" / "finance", {"fx_rates": end.rows("fx_rates")})
    billing = [{"name": name, "mapping": system.mapping} for name, system in SYSTEMS.items()]
    company = write_company(
        tmp_path, reporting_currency="EUR", sources=[*billing, {"name": "finance", "mapping": "canonical"}]
    )
    folders = {name: tmp_path / "extracts" / name for name in SYSTEMS}
    whole = 0
    for look in delivered(events, "month_end", folders):
        run = Run(company, look.until)
        run.land()
        whole += find_scope(company, look.until, full_refresh=False).recomputed_from is None
        run.build()
    assert whole == 1
    rebuild(company, look.until, tmp_path / "rebuilt")
    assert differing_rows(tmp_path / "rebuilt") == {}
