"""The parsed project is that of the project's files, whatever somebody else's dbt left in its folder."""

import contextlib
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from types import CodeType, SimpleNamespace

import pytest
from dbt.cli.main import dbtRunner
from dbt_common.clients.jinja import get_environment

from orchestration.build import dbt_call, manifest, templates
from orchestration.build.dbt_shortcuts import dbt_shortcuts
from orchestration.errors import ConfigurationError, SaasMetricsError

MODEL = "model.little.right"
PROJECT_FILE = """
name: little
version: "1.0"
profile: little
"""
PROFILES = """
little:
  target: duckdb
  outputs:
    duckdb: {type: duckdb, path: ':memory:'}
    elsewhere: {type: duckdb, path: ':memory:', schema: elsewhere}
"""


def write_project(folder: Path, model: str) -> Path:
    """A dbt project of one model."""
    (folder / "models").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text(PROJECT_FILE, encoding="utf-8")
    (folder / "profiles.yml").write_text(PROFILES, encoding="utf-8")
    (folder / "models" / f"{model}.sql").write_text("select 1 as one", encoding="utf-8")
    return folder


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A little project in the place of ours, parsed once; its parsed form lies in `parsed`."""
    folder = write_project(tmp_path / "project", "right")
    monkeypatch.setattr(manifest, "PROJECT", folder)
    monkeypatch.setattr(dbt_call, "PROJECT", folder)
    monkeypatch.setattr(manifest, "TARGET", tmp_path / "parsed")
    assert models() == [MODEL]
    return folder


def models() -> list[str]:
    """The models of the parsed project, which both of its forms name."""
    found = sorted(manifest.read_manifest()["nodes"])
    assert sorted(manifest.parsed().nodes) == found
    return found


def parse_by_hand(project: Path, *arguments: str) -> None:
    """`dbt parse` as a shell calls it, of a dbt that knows nothing of ours."""
    with contextlib.chdir(project):
        done = dbtRunner().invoke(
            ["parse", "--project-dir", str(project), "--profiles-dir", str(project),
             "--no-send-anonymous-usage-stats", "--log-level", "none", *arguments]
        )  # fmt: skip
    assert done.success, done.exception


def _in_its_own_target(project: Path) -> None:
    parse_by_hand(project)
    assert (project / "target" / "manifest.json").is_file()


def _in_ours(project: Path) -> None:
    parse_by_hand(project, "--target-path", str(manifest.TARGET), "--target", "elsewhere")


def _of_another_project(project: Path) -> None:
    parse_by_hand(write_project(project.parent / "other", "wrong"), "--target-path", str(manifest.TARGET))


def _garbage_in_ours(project: Path) -> None:
    for name in ("manifest.json", "partial_parse.msgpack", "templates.marshal"):
        (manifest.TARGET / name).write_bytes(b"\x00 no manifest")


def _a_manifest_cut_off(project: Path) -> None:
    file = manifest.TARGET / "manifest.json"
    file.write_bytes(file.read_bytes()[:1000])


def _a_lost_file(project: Path) -> None:
    (manifest.TARGET / "partial_parse.msgpack").unlink()


def _an_unread_stamp(project: Path) -> None:
    (manifest.TARGET / "stamp.json").write_text("[]", encoding="utf-8")


@pytest.mark.parametrize(
    "stray",
    [
        _in_its_own_target,
        _in_ours,
        _of_another_project,
        _garbage_in_ours,
        _a_manifest_cut_off,
        _a_lost_file,
        _an_unread_stamp,
    ],
)
def test_a_stray_parse_or_garbage_between_two_runs(project, stray: Callable[[Path], None]):
    stray(project)
    assert models() == [MODEL]
    assert manifest.read_manifest()["nodes"][MODEL]["schema"] == "main"


def test_a_file_that_came_back_as_it_was_long_ago(project):
    """Its time is older than the manifest, and the folder's too."""
    file = project / "models" / "returned.sql"
    file.write_text("select 2 as two", encoding="utf-8")
    for path in (file, file.parent):
        os.utime(path, (1, 1))
    assert models() == ["model.little.returned", MODEL]


def test_what_the_shell_tells_dbt_is_not_for_a_run(project, monkeypatch):
    monkeypatch.setenv("DBT_TARGET", "nowhere")
    monkeypatch.setenv("DBT_TARGET_PATH", str(project / "elsewhere"))
    (project / "models" / "second.sql").write_text("select 2 as two", encoding="utf-8")
    assert models() == [MODEL, "model.little.second"]
    assert os.environ["DBT_TARGET"] == "nowhere" and not (project / "elsewhere").exists()


def test_a_parse_that_fails_ends_in_a_sentence_and_leaves_nothing_to_trust(project):
    broken = project / "models" / "broken.sql"
    broken.write_text("select {{ nothing(", encoding="utf-8")
    said = r"(?s)dbt parse stopped: .*broken.sql.*Read (\S+), mend it and run again"
    with pytest.raises(SaasMetricsError, match=said) as stopped:
        manifest.read_manifest()
    log = re.search(said, str(stopped.value))
    assert log and "broken.sql" in Path(log[1]).read_text(encoding="utf-8")
    broken.unlink()
    assert models() == [MODEL]


def test_a_folder_that_cannot_be_written_is_named(project, monkeypatch):
    monkeypatch.setattr(manifest, "TARGET", project / "dbt_project.yml" / "parsed")
    with pytest.raises(ConfigurationError, match=r"parsed: the parsed dbt project can't be written there"):
        manifest.read_manifest()


def test_a_project_that_stands_is_not_parsed_again(project, monkeypatch):
    monkeypatch.setattr(manifest, "call_dbt", lambda *_, **__: pytest.fail("parsed again"))
    assert models() == [MODEL]
    assert manifest.read_manifest() is manifest.read_manifest(), "read again"
    assert json.loads((manifest.TARGET / "stamp.json").read_text())["read"]


def kept_templates() -> dict[str, CodeType]:
    """What a process that knows no template reads beside the parsed project."""
    manifest.parsed()
    templates._known.clear()
    manifest.parsed()
    return dict(templates._known)


def test_a_kept_template_is_what_jinja_makes_of_its_text(project):
    text = "select {{ 1 + 1 }} as two{% if var('x', none) %}, {{ nowhere.found | upper }}{% endif %}"
    (project / "models" / "right.sql").write_text(text, encoding="utf-8")
    kept = kept_templates()
    assert text in kept and len(kept) > 300
    for node in (None, SimpleNamespace(name="right")):
        # Also where an environment notes what is not defined, as dbt's does when it parses.
        environment = get_environment(node, capture_macros=node is not None)
        for one in [text, *sorted(kept)[::7]]:
            assert environment.compile(one) == kept[one]


def test_a_template_is_of_the_text_that_a_model_has_now(project):
    (project / "models" / "right.sql").write_text("select {{ 1 + 2 }} as three", encoding="utf-8")
    assert "select {{ 1 + 2 }} as three" in kept_templates()
    (project / "models" / "right.sql").write_text("select {{ 2 + 2 }} as four", encoding="utf-8")
    kept = kept_templates()
    assert "select {{ 2 + 2 }} as four" in kept and "select {{ 1 + 2 }} as three" not in kept


def test_templates_of_other_versions_are_made_anew(project, monkeypatch):
    file = manifest.TARGET / "templates.marshal"
    with monkeypatch.context() as upgraded:
        upgraded.setattr(templates, "versions_of_templates", lambda: "Python 4.0")
        upgraded.setattr(manifest, "versions_of_templates", lambda: "Python 4.0")
        manifest.read_manifest()
        assert file.read_bytes().startswith(b"Python 4.0\n")
    # Beside a stamp that says nothing of it too.
    templates._known.clear()
    templates.read_templates(file)
    assert not templates._known
    assert kept_templates() and not file.read_bytes().startswith(b"Python 4.0")


def test_a_native_template_and_that_of_a_file_are_none_of_the_kept():
    templates._known.clear()
    with dbt_shortcuts():
        get_environment(native=True).compile("{{ 1 }}")
        get_environment().compile("{{ 1 }}", "of a file", "of a file")
        assert not templates._known
        code = get_environment().compile("{{ 1 }}")
    assert templates._known == {"{{ 1 }}": code} and get_environment().compile("{{ 1 }}") == code
