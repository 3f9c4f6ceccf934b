"""All figures that can be explained, by name, and those that cannot."""

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from orchestration.errors import ConfigurationError
from orchestration.explain.company_figures import COMPANY_FIGURES, UNEXPLAINED
from orchestration.explain.figure import Figure
from orchestration.explain.finance_figures import FINANCE_FIGURES
from orchestration.explain.use_figures import USE_FIGURES

FIGURES: Mapping[str, Figure] = MappingProxyType({**COMPANY_FIGURES, **FINANCE_FIGURES, **USE_FIGURES})
_NEAREST = 5


def figure_named(name: str) -> Figure:
    """A figure. Raises ConfigurationError with the nearest names where there is none of this name."""
    if name in FIGURES:
        return FIGURES[name]
    if name in UNEXPLAINED:
        raise ConfigurationError(f"{name} has no rows of its own below it. {UNEXPLAINED[name]}")
    near = _nearest(name.lower().replace(" ", "_").replace("-", "_"))
    raise ConfigurationError(
        f"{name!r} is no figure that can be explained. "
        f"{'Did you mean ' + ' or '.join(near) + '?' if near else 'They are: ' + ', '.join(FIGURES) + '.'}"
    )


def _nearest(name: str) -> list[str]:
    """Figures spelled alike as a whole; then those with the same words, those with most of them first."""
    words = set(name.split("_"))
    shared = {one: len(words & set(one.split("_"))) for one in FIGURES}
    ranked = [
        *get_close_matches(name, FIGURES, _NEAREST, 0.75),
        *sorted((one for one in FIGURES if shared[one]), key=lambda one: -shared[one]),
        *get_close_matches(name, FIGURES, _NEAREST, 0.5),
    ]
    return list(dict.fromkeys(ranked))[:_NEAREST]
