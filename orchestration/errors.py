"""The errors a user can meet, each with the exit code it ends the command with."""

from collections.abc import Sequence


class SaasMetricsError(Exception):
    """A message for a person: what happened, where, and what to do next."""

    exit_code = 1


class ConfigurationError(SaasMetricsError):
    """company.yml, a mapping or the call itself is wrong; nothing was touched."""

    exit_code = 2


class DataRefused(SaasMetricsError):
    """An extract was refused; nothing was published."""


class GateFailed(SaasMetricsError):
    """A critical rule is broken or a model failed; nothing was published."""

    def __init__(self, message: str, sentences: Sequence[str] = ()) -> None:
        """`sentences`: what broken rules say, for the quality page."""
        super().__init__(message)
        self.sentences = tuple(sentences)


class RunLocked(SaasMetricsError):
    """Another run works on the same warehouse; nothing was touched."""


class Unavailable(SaasMetricsError):
    """An API does not answer, or asks to be left alone for a while; the same call may succeed later."""


class DiskFull(SaasMetricsError):
    """There is no room for what the run has to write; nothing was published."""


class Unusable(SaasMetricsError):
    """The system does not let a file or folder be used; what was published is as it was."""


class EngineFailed(SaasMetricsError):
    """The cluster that builds the models was lost or could not go on; nothing was published."""


class PublishRefused(SaasMetricsError):
    """The new file could not be put in place; the published one is as it was."""


class QueryFailed(SaasMetricsError):
    """A query to the published warehouse is wrong or not allowed; nothing can be changed through it."""


class StillRemembered(SaasMetricsError):
    """A customer could not be removed from every file; what was removed stays so."""


class DamagedFile(SaasMetricsError):
    """A file that the product keeps is not what was written; nothing was touched."""
