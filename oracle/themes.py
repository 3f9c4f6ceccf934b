"""What customers speak of: themes of answers and of reasons for leaving, and the MRR behind them.

Section 7 of the specification of metrics, in plain loops over answers and churn events.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from oracle.growth import nps_category
from oracle.inputs import RawRow, flag, instant
from oracle.ledger import ZERO
from oracle.retention import Retention

Themes = Mapping[str, Sequence[str]]
"""Theme to its words; a star at the end of one stands for every ending."""


@dataclass(slots=True)
class Theme:
    """What was said of one theme in one month."""

    categories: Counter[str] = field(default_factory=Counter)
    speakers: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The categories of each known customer's answers."""
    churned: set[str] = field(default_factory=set)
    churned_mrr: Decimal = ZERO


def themes_by_month(
    retention: Retention, responses: Iterable[RawRow], themes: Themes
) -> dict[tuple[date, str], Theme]:
    """Every month and theme of an NPS answer by `as_of` or of a reason for leaving."""
    oracle = retention.oracle
    found: dict[tuple[date, str], Theme] = defaultdict(Theme)
    for row in responses:
        at = instant(row["responded_at"])
        if at is None or at > oracle.as_of or row["survey_type"] != "nps" or flag(row.get("excluded")):
            continue
        tags = {_label(tag) for tag in re.split("[;,]", row.get("tags") or "")} - {""}
        for theme in tags | _worded(row.get("comment") or "", themes):
            entry = found[oracle.local_day(at).replace(day=1), theme]
            category = nps_category(int(row["score"]))
            entry.categories[category] += 1
            if row["customer_id"]:
                entry.speakers[row["customer_id"]].add(category)
    for customer, events in retention.events.items():
        for event in events:
            if event.is_short_pause or not event.feedback:
                continue
            own = set() if re.search("[ @]", event.feedback) else {_label(event.feedback)}
            for theme in _worded(event.feedback.replace("_", " "), themes) or own:
                entry = found[event.on.replace(day=1), theme]
                entry.churned.add(customer)
                entry.churned_mrr += event.mrr_lost
    return dict(found)


def _label(text: str) -> str:
    return "_".join(re.findall(r"[^\W_]+", text.lower()))


def _worded(text: str, themes: Themes) -> set[str]:
    """The themes of which a text of plain letters has a word."""
    said = " ".join(re.findall(r"[^\W_]+", text.lower()))
    return {
        theme for theme, words in themes.items()
        for word in words
        if re.search(rf"\b{re.escape(word.removesuffix('*'))}" + ("" if word.endswith("*") else r"\b"), said)
    }  # fmt: skip
