"""What only some customers do: the first import of their data, and features that not everybody takes up.

A life is lived before its use is drawn, by draws of its own: who is known to stay does more often what keeps
customers. Seen from the data, that is a feature that keeps them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from orchestration.synthetic import dials
from orchestration.synthetic.draws import Draws
from orchestration.synthetic.events import Kind, Log
from orchestration.synthetic.profile import Profile

Span = tuple[datetime, datetime | None]
DAY = timedelta(days=1)


def tell_use(log: Log, profile: Profile, spans: list[Span], draws: Draws, until: datetime) -> None:
    """The first import and the features of a customer with these paid times, as known at `until`."""
    _first_import(log, profile, spans, draws, until)
    stays = any(ended is None or ended > until for _, ended in spans)
    for feature, shares in dials.FEATURE_SHARE.items():
        chosen, delay = draws.chance(shares[stays]), draws.integer(5, 40) * DAY
        for start, ended in sorted(spans, key=lambda span: span[0]) if chosen else ():
            at = start + delay
            while at < min(ended or until, until):
                _use(log, profile, feature, at, draws.integer(1, 4))
                at += dials.FEATURE_EVERY_DAYS * DAY


def _first_import(log: Log, profile: Profile, spans: list[Span], draws: Draws, until: datetime) -> None:
    start = profile.signed_up_at
    later = min(start + 180 * DAY, until)
    stays = any(first <= later and (ended is None or ended > later) for first, ended in spans)
    fate = "stays" if stays else "leaves" if spans else "never_paid"
    early, late = draws.integer(0, 12), draws.integer(20, 70)
    if draws.chance(dials.IMPORT_SHARE[fate]):
        _use(log, profile, "import", start + early * DAY, draws.integer(1, 3))
    elif stays and draws.chance(dials.LATE_IMPORT_SHARE):
        _use(log, profile, "import", start + late * DAY, draws.integer(1, 3))


def _use(log: Log, profile: Profile, feature: str, at: datetime, events: int) -> None:
    log.put(
        at, Kind.PRODUCT_USED, "product_usage", customer_id=profile.customer_id, used_on=at.date(),
        feature=feature, events=events, active_users=1,
    )  # fmt: skip
