"""Where a figure comes from: its definition, its formula in numbers, and the rows and lines below it."""

from orchestration.explain.explain import Explanation, explain, explain_on
from orchestration.explain.figures import FIGURES

__all__ = ["FIGURES", "Explanation", "explain", "explain_on"]
