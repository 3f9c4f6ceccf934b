"""What is found: how grave, of what, and in a sentence that says how to mend it."""

from dataclasses import dataclass
from typing import Literal

Grade = Literal["ok", "warning", "wrong"]
OK: Grade = "ok"
WARNING: Grade = "warning"
WRONG: Grade = "wrong"


@dataclass(frozen=True)
class Finding:
    """One line of an examination."""

    grade: Grade
    of: str
    told: str
