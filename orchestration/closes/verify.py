"""Walking the chain of closes: every record, every hash."""

from orchestration.closes.record import Chain, closes_folder, damaged, read_chain
from orchestration.errors import ConfigurationError
from orchestration.machine.checksums import sha256
from orchestration.settings import Company


def whole_chain(company: Company) -> Chain:
    """The chain once every byte of it was compared.

    Raises DamagedFile that names the first file that is missing, or in which one byte differs.
    """
    chain = read_chain(closes_folder(company))
    for path, known in chain.files():
        if not path.is_file():
            raise damaged(path, "it is missing")
        if sha256(path) != known:
            raise damaged(path, "its hash is another")
    return chain


def demand_closed(company: Company) -> None:
    """Hold `closed_through` of company.yml against the chain: what it names has to be closed.

    Raises ConfigurationError that says how to close it.
    """
    wanted = company.closed_through
    if wanted is None:
        return
    closed = read_chain(closes_folder(company)).closed_through
    if closed is None or closed < wanted.replace(day=1):
        told = f"closed are the months up to {closed:%Y-%m}" if closed else "no month is closed"
        raise ConfigurationError(
            f"{company.path}: closed_through says {wanted:%Y-%m}, but {told}; nothing was touched. Take the "
            f"key out, run, and close the month: saas-metrics close {wanted:%Y-%m}. Or bring the folder "
            f"{closes_folder(company)} back."
        )
