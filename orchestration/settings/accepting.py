"""What one run lets pass by name: never a key of the file, so that it holds once."""

from collections.abc import Collection
from dataclasses import replace

from orchestration.errors import ConfigurationError
from orchestration.settings.company import Company
from orchestration.settings.rules import closest, rule_names


def accepting(company: Company, drops: Collection[str], changes: Collection[str]) -> Company:
    """The company in one run that accepts the drops of some sources, and that some rules are broken.

    Raises ConfigurationError for a source or a rule that there is not.
    """
    if unknown := sorted(set(drops) - set(company.source_names)):
        raise ConfigurationError(
            f"--accept-drop {unknown[0]}: {company.path} has no such source; it has "
            f"{', '.join(source.name for source in company.sources)}."
        )
    if changes and (unknown := sorted(set(changes) - rule_names())):
        raise ConfigurationError(
            f"--accept-change {unknown[0]}: no rule is called so; {closest(unknown[0])} "
            "docs/quality.md lists all."
        )
    return replace(company, accepted_drops=frozenset(drops), accepted_changes=frozenset(changes))
