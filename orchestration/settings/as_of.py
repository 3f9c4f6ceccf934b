"""The run's only clock, as it is written on a command line."""

from datetime import UTC, datetime, timedelta

from orchestration.errors import ConfigurationError

_FIRST_AS_OF = datetime(2000, 1, 1, tzinfo=UTC)
_FAR_FROM_NOW = timedelta(days=3_653)


def parse_as_of(text: str | None, default: datetime | None = None) -> datetime:
    """The run's only clock, as an aware UTC instant; `default` or else now when none is given.

    Raises ConfigurationError when the text is not an instant, since a guess would move months, or is one at
    which no extract was made: nothing would have happened yet, or nearly everything would be over.
    """
    if text is None:
        return default or datetime.now(UTC).replace(microsecond=0)
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(
            f"--as-of {text!r} is not an instant; write it as 2025-07-01T00:00:00Z."
        ) from error
    instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
    if not _FIRST_AS_OF <= instant <= datetime.now(UTC) + _FAR_FROM_NOW:
        raise ConfigurationError(
            f"--as-of {text!r} is before {_FIRST_AS_OF:%Y} or more than ten years from now. Write the "
            "instant that the figures are to be true of, such as 2025-07-01T00:00:00Z; without it, it is now."
        )
    return instant.astimezone(UTC)
