"""What is mixed into the hash of a respondent."""

import hashlib
import secrets

from orchestration.machine.yaml_text import read_text
from orchestration.settings.company import Company


def respondent_salt(company: Company) -> str:
    """What is mixed into the hash of a respondent, in hexadecimal: company.yml's own text hashed, or random.

    A random one is kept beside the warehouse, readable by its owner only: who knows it can look addresses up.
    """
    if company.respondent_salt:
        return hashlib.sha256(company.respondent_salt.encode()).hexdigest()
    path = company.warehouse / "respondents.salt"
    if not path.is_file():
        company.warehouse.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        part.touch(0o600)
        part.write_text(secrets.token_hex(32), encoding="utf-8")
        part.replace(path)
    return read_text(path).strip()
