"""The modules that ask an API, imported when they are needed: the HTTP library is an extra."""

from types import ModuleType

from orchestration.errors import ConfigurationError


def extractor_modules() -> tuple[ModuleType, ModuleType]:
    """`client` and `run` of this room. Raises ConfigurationError where the extra is not installed."""
    try:
        from orchestration.extract import client, run
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"Reading an API needs the package {error.name}: install saas-metrics[api] and run again."
        ) from error
    return client, run
