"""What is mixed into the hash of a respondent."""

import hashlib
import re
import secrets

from orchestration.machine.state import damaged, write_private
from orchestration.settings.company import Company

# The kept salt, beside the warehouse, and what it looks like.
SALT = "respondents.salt"
_LOOKS = re.compile("[0-9a-f]{16,}")


def respondent_salt(company: Company) -> str:
    """What is mixed into the hash of a respondent, in hexadecimal: company.yml's own text hashed, or random.

    A random one is kept beside the warehouse, readable by its owner only: who knows it can look addresses up.
    Raises DamagedFile where it holds none.
    """
    if company.respondent_salt:
        return hashlib.sha256(company.respondent_salt.encode()).hexdigest()
    path = company.warehouse / SALT
    if not path.is_file():
        company.warehouse.mkdir(parents=True, exist_ok=True)
        write_private(path, secrets.token_hex(32))
    salt = path.read_text(encoding="utf-8", errors="replace").strip()
    if not _LOOKS.fullmatch(salt):
        raise damaged(path, "it holds no salt, and another one would give every respondent another id")
    return salt


def respondent_id(company: Company, address: str) -> str:
    """The id under which an address is published, as macros/voice/respondent_hash.sql makes it."""
    return hashlib.sha256(f"{respondent_salt(company)}:{address.strip().lower()}".encode()).hexdigest()
