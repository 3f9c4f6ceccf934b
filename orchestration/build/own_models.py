"""A company's own models (`models:` in company.yml): a dbt project that has this one as a package.

What the company wrote stays in its folder, where no upgrade touches it; the project around it is written into
the work folder. A run builds it after the marts, into a schema of its own, with its tests.
"""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from orchestration.build.dbt_call import call_dbt
from orchestration.build.manifest import read_manifest, read_semantic_manifest
from orchestration.errors import ConfigurationError
from orchestration.machine.project import PROJECT
from orchestration.settings import OWN_FOLDERS, Company

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest

OWN_SCHEMA = "company"
"""The schema of a company's own models, in the build file and in the published ones."""
_NAME, _PACKAGE, _LINK = "company_models", "saas_metrics", "own"
SELECTION = f"package:{_NAME}"
"""A company's own models, seeds and tests, as dbt selects them."""
# Without it dbt would ask its own macro, which puts another name before the schema.
_SCHEMA_NAME = """{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ return(saas_metrics.generate_schema_name(custom_schema_name, node)) }}
{%- endmacro %}
"""


def own_target(company: Company) -> Path:
    """Where dbt writes what it parsed and compiled of a company's own project."""
    return own_project(company) / "target"


def own_project(company: Company) -> Path:
    """The folder of the project around a company's own models."""
    return company.work / "own_models"


def has_own_project(company: Company) -> bool:
    """Whether a run has built models of the company's own, which company.yml may name no more."""
    return own_project(company).is_dir()


def parse_own(company: Company) -> "Manifest":
    """The company's own models with all of ours, parsed; only what changed is read again.

    Raises ConfigurationError where one is called like a model of ours, SaasMetricsError with dbt's own words
    where one can't be read.
    """
    _write_project(company)
    target = own_target(company)
    result = call_dbt(
        ["parse"], target=target, logs=target / "logs", environment={}, project=own_project(company)
    )
    manifest: Manifest = result.result
    _refuse_names_of_ours(manifest, company)
    return manifest


def _write_project(company: Company) -> None:
    folder = own_project(company)
    ours = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    kinds = {f"{kind.removesuffix('s')}-paths": [f"{_LINK}/{kind}"] for kind in OWN_FOLDERS}
    project = {
        "name": _NAME,
        "version": "1.0.0",
        "config-version": 2,
        "profile": ours["profile"],
        **kinds,
        "macro-paths": [*kinds["macro-paths"], "macros"],
        "snapshot-paths": [],
        "analysis-paths": [],
        "flags": ours["flags"],
        # A table that others read says what it holds, as each mart does.
        "models": {_NAME: {"+schema": OWN_SCHEMA, "+materialized": "table", "+contract": {"enforced": True}}},
        "seeds": {_NAME: {"+schema": OWN_SCHEMA}},
    }
    _write(folder / "dbt_project.yml", yaml.safe_dump(project, sort_keys=False))
    _write(folder / "packages.yml", yaml.safe_dump({"packages": [{"local": str(PROJECT)}]}))
    _write(folder / "macros" / "generate_schema_name.sql", _SCHEMA_NAME)
    # What `dbt deps` makes of a package that lies beside.
    _link(folder / "dbt_packages" / _PACKAGE, PROJECT)
    if company.models:
        _link(folder / _LINK, company.models)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def _link(path: Path, to: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink() and path.readlink() != to:
        path.unlink()
    if not path.is_symlink():
        path.symlink_to(to, target_is_directory=True)


def _refuse_names_of_ours(manifest: "Manifest", company: Company) -> None:
    own = {node.name: own_file(company, node) for node in manifest.nodes.values() if _is_own(node)}
    ours = {node.name for node in manifest.nodes.values() if not _is_own(node)}
    if twice := sorted(own.keys() & ours):
        raise ConfigurationError(
            f"{own[twice[0]]} is called like a model of saas-metrics, and who asks for it would not know "
            "which it is. Give it another name and run again."
        )


def _is_own(node: Any) -> bool:
    return bool(node.package_name == _NAME)


def own_file(company: Company, node: Any) -> Path | None:
    """The file of a node of the company's own; None where it is one of ours."""
    if not company.models or not _is_own(node):
        return None
    return company.models / Path(node.original_file_path).relative_to(_LINK)


def company_manifest(company: Company) -> dict[str, Any]:
    """dbt's manifest as JSON of all that a company's run builds: ours, and the company's own models."""
    if not company.models:
        return read_manifest()
    return _read_own(company, "manifest")


def company_semantic_manifest(company: Company) -> dict[str, Any]:
    """The semantic models and metrics of all that a company's run builds, as MetricFlow reads them."""
    if not company.models:
        return read_semantic_manifest()
    return _read_own(company, "semantic_manifest")


def _read_own(company: Company, name: str) -> dict[str, Any]:
    path = own_target(company) / f"{name}.json"
    if not path.is_file():
        parse_own(company)
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def forget_own(company: Company) -> None:
    """Drop the project around models that company.yml names no more."""
    shutil.rmtree(own_project(company), ignore_errors=True)
