"""What company.yml may say of each rule of the gates by its name: `quality: {rules: {...}}`.

The names come from where the rules are: files below models/rules, quality/plausibility, and those that code
makes from the contract.
"""

import difflib
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic.dataclasses import dataclass

from orchestration.machine.project import PROJECT
from orchestration.settings.values import FROZEN, setting

PLAUSIBILITY = Path(__file__).parents[1] / "quality" / "plausibility"
SEVERITIES = ("critical", "warning")
# The rules that code makes, from the contract and from what the models declare.
_MADE_BY_CODE = (
    "required_columns_are_filled",
    "currencies_are_known",
    "codes_are_known",
    "dates_are_plausible",
    "columns_are_as_full_as_before",
    "sources_are_fresh",
    "volume_is_as_before",
    "no_file_comes_from_two_sources",
    "every_row_was_accepted",
    "declared_keys_hold",
    "declared_values_hold",
)
# Rules whose threshold has a key of its own under `quality`, which models or landing read too.
SETTINGS: Mapping[str, str] = {
    "sources_are_fresh": "freshness_hours",
    "volume_is_as_before": "min_volume_ratio",
    "columns_are_as_full_as_before": "max_null_share_rise",
    "references_match_what_was_delivered": "max_unmatched_share",
    "mrr_is_what_the_billing_system_reports": "reported_mrr_tolerance",
    "mrr_is_what_the_other_histories_of_the_source_say": "mrr_reconciliation_tolerance",
    "each_customers_mrr_is_what_its_invoices_and_its_source_say": "customer_mrr_tolerance",
    "mrr_moved_within_reason": "max_mrr_jump",
    "closed_months_are_as_published": "max_restated_share",
    "mrr_is_neither_multiplied_nor_emptied": "max_mrr_factor",
    "movements_of_a_day_are_as_before": "max_day_factor",
}


@dataclass(frozen=True, config=FROZEN)
class RuleSetting:
    """What company.yml says of one rule; what it does not say stays as docs/quality.md lists it."""

    severity: Annotated[
        Literal["critical", "warning"] | None, setting("warning", is_none="the rule's own")
    ] = None
    """Whether the rule stops the run (critical) or is only told (warning)."""
    threshold: Annotated[Decimal | None, setting(0.3, "that of the rule", "the rule's own")] = None
    """From where on the rule is broken; only of rules that have one."""


@lru_cache
def plausibility_rules() -> Mapping[str, Mapping[str, Any]]:
    """The rules of plausibility as their file tells them, by name."""
    content: dict[str, dict[str, Any]] = _loaded(PLAUSIBILITY / "rules.yml")
    return content


@lru_cache
def rule_names() -> frozenset[str]:
    """The name of every rule of both gates."""
    return frozenset((*_MADE_BY_CODE, *plausibility_rules(), *_of_the_marts()))


def default_threshold(name: str) -> Decimal:
    """The threshold of a rule of plausibility where company.yml says nothing."""
    return Decimal(str(plausibility_rules()[name]["threshold"]["default"]))


def shown(number: Decimal) -> str:
    """A threshold as a query or a sentence has it."""
    return f"{number.normalize():f}"


def closest(name: str) -> str:
    """Half a sentence that names the rules whose names are closest to the one written."""
    close = difflib.get_close_matches(name, rule_names(), n=3, cutoff=0.5)
    if not close:
        words = set(name.split("_"))
        close = sorted(rule_names(), key=lambda one: (-len(words & set(one.split("_"))), one))[:3]
    return f"did you mean {' or '.join(close)}?"


def without_rule_thresholds(quality: Mapping[str, Any]) -> dict[str, Any]:
    """The section `quality` with the thresholds that have a key of their own under that key."""
    moved: dict[str, Any] = {}
    rules: dict[str, Any] = {}
    for name, said in (quality.get("rules") or {}).items():
        rules[name] = dict(said or {})
        if name in SETTINGS and "threshold" in rules[name]:
            moved[SETTINGS[name]] = rules[name].pop("threshold")
    return {**quality, **moved, "rules": rules}


def rule_problems(quality: Mapping[str, Any]) -> list[str]:
    """What is wrong in `quality: {rules: ...}`, as sentences."""
    rules = quality.get("rules") or {}
    if not isinstance(rules, Mapping):
        return ["quality.rules names rules: write `rules: {rule_name: {severity: warning, threshold: 5}}`."]
    return [problem for name, said in rules.items() for problem in _problems(str(name), said, quality)]


def _problems(name: str, said: Any, quality: Mapping[str, Any]) -> Iterator[str]:
    where = f"quality.rules.{name}"
    if name not in rule_names():
        yield f"{where}: no rule is called so; {closest(name)} docs/quality.md lists all."
        return
    if not isinstance(said, Mapping) or not said:
        yield f"{where} says nothing; write {{severity: warning}} or {{threshold: 5}} behind it."
        return
    for key in sorted(set(map(str, said)) - {"severity", "threshold"}):
        yield f"unknown key {key!r} in {where}; a rule has severity and threshold."
    if "severity" in said and said["severity"] not in SEVERITIES:
        yield f"{where}.severity is {said['severity']!r}; write critical (it stops the run) or warning."
    if "threshold" in said:
        yield from _threshold_problems(name, said["threshold"], quality, f"{where}.threshold")


def _threshold_problems(name: str, given: Any, quality: Mapping[str, Any], where: str) -> Iterator[str]:
    if name in SETTINGS:
        if SETTINGS[name] in quality:
            yield f"{where} and quality.{SETTINGS[name]} are the same limit; keep one of the two."
        return
    limits = plausibility_rules().get(name, {}).get("threshold")
    if limits is None:
        yield f"{where}: this rule has no threshold; leave it out. It holds or it does not."
        return
    try:
        number = Decimal(str(given))
    except InvalidOperation:
        number = Decimal("NaN")
    least, most = limits.get("least", 0), limits.get("most")
    if not number.is_finite() or number < least or (most is not None and number > most):
        reach = f"a number from {least}" + (f" to {most}" if most is not None else "")
        yield f"{where} is {given!r}; write {reach}: {limits['means']}."


def _of_the_marts() -> Iterator[str]:
    for path in sorted((PROJECT / "models" / "rules").glob("*/_*__models.yml")):
        for model in _loaded(path)["models"]:
            if "table" in ((model.get("config") or {}).get("meta") or {}):
                yield model["name"]


def _loaded(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
