"""The gross margin: one share of MRR, or one for each plan."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

from orchestration.settings.values import setting

OTHER_PLANS = "default"
"""The key of the margin of all plans that are not named."""


def _share(value: object, of: str = "") -> Decimal:
    """A share from 0 to 1; `of` begins the sentence for what is none."""
    try:
        share = Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError(f"{of}write a number") from error
    if not share.is_finite():
        raise ValueError(f"{of}write a number")
    if share < 0:
        raise ValueError(f"{of}write a number from 0")
    if share > 1:
        raise ValueError(f"{of}write a number up to 1")
    return share


def _margin(value: object) -> Decimal | dict[str, Decimal]:
    if not isinstance(value, dict):
        return _share(value)
    if not value:
        raise ValueError("write a share, or one for each plan")
    return {str(plan): _share(share, f"of the plan {plan}, ") for plan, share in value.items()}


_NUMBER = {"type": "number", "minimum": 0, "maximum": 1}
GrossMargin = Annotated[
    Decimal | dict[str, Decimal],
    PlainValidator(_margin),
    WithJsonSchema({"anyOf": [_NUMBER, {"type": "object", "additionalProperties": _NUMBER}]}),
    setting(0.75, "share from 0 to 1, or one by plan"),
]
