"""`make suffixes`: writes the seed of public suffixes from the list that the pinned tldextract brings.

Offline: the package holds a snapshot of the list (Mozilla Public License 2.0, https://publicsuffix.org).
"""

import csv
import io
from collections.abc import Iterator

import click
import idna
import tldextract

from orchestration.machine.project import PROJECT

SEED = PROJECT / "seeds" / "identity" / "public_suffixes.csv"
ADDED = "added"
"""The kind of a suffix that the list lacks and somebody added by hand."""
# The model looks at the last two and the last three labels of a host; a top-level domain needs no row.
_LABELS = (2, 3)


def snapshot() -> dict[str, str]:
    """The kind of every suffix of the list that the model can look at: `registry`, or `shared` by many sites.

    A rule with a wildcard (`*.bd`) names no suffix; common names under such a domain are among those added.
    """
    registry, everything = set(_rules(private=False)), set(_rules(private=True))
    return {
        form: "registry" if rule in registry else "shared"
        for rule in everything if rule.count(".") + 1 in _LABELS and not rule.startswith(("*", "!"))
        for form in (rule, idna.encode(rule, uts46=True).decode())
    }  # fmt: skip


def added(seed: str) -> dict[str, str]:
    """The suffixes of a seed that were added by hand."""
    return {row["suffix"]: row["kind"] for row in csv.DictReader(io.StringIO(seed)) if row["kind"] == ADDED}


def rewritten(seed: str) -> str:
    """The seed with the rows of the snapshot, and those that were added."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("suffix", "kind"))
    writer.writerows(sorted((added(seed) | snapshot()).items()))
    return out.getvalue()


def _rules(private: bool) -> Iterator[str]:
    # No address and no cache: only the snapshot is left to read from.
    extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=private)
    yield from extract.tlds


@click.command()
def main() -> None:
    """Write the seed anew; what was added by hand stays."""
    SEED.write_text(rewritten(SEED.read_text(encoding="utf-8")), encoding="utf-8")
    click.echo(f"{SEED} is up to date.")


if __name__ == "__main__":
    main()
