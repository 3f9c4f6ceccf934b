"""What must hold whatever the API is: secrets stay secret, and a crash leaves all or nothing."""

import json
import logging
import os
import signal
import subprocess
import sys
import traceback
from pathlib import Path

import hubspot_account
import pytest
import stripe_account
from click.testing import CliRunner
from replay_server import Fault

from orchestration.errors import ConfigurationError, RunLocked
from orchestration.extract.client import ExtractFailed
from orchestration.extract.commands import extract_commands
from orchestration.machine.lock import exclusive
from orchestration.settings.credentials import read_address, read_secret


def _everything_below(folder: Path) -> str:
    return "".join(f"{path} {path.read_text()}" for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("bench", "system", "key", "path"),
    [
        ("stripe", "stripe", stripe_account.KEY, "/v1/invoices"),
        ("hubspot", "hubspot", hubspot_account.TOKEN, "/crm/owners/2026-03"),
    ],
)
def test_the_key_is_in_no_output_log_file_or_message(bench, system, key, path, request, caplog):
    bench = request.getfixturevalue(bench)
    echo = {"message": f"no such key {key}", "error": {"message": f"no such key {key}"}}
    bench.server.faults.append(Fault(path, status=400, body=echo))
    call = ["--into", str(bench.folder)]
    with caplog.at_level(logging.DEBUG):
        failed = CliRunner().invoke(extract_commands, [system, *call])
        partial = _everything_below(bench.folder)
        passed = CliRunner().invoke(extract_commands, [system, *call])

    assert isinstance(failed.exception, ExtractFailed) and "***" in str(failed.exception)
    assert passed.exit_code == 0 and "records in" in passed.output
    told = "".join(traceback.format_exception(failed.exception))
    said = failed.output + passed.output + caplog.text + told + partial + _everything_below(bench.folder)
    assert "manifest.json" in said and key not in said
    assert any(key in request.headers["Authorization"] for request in bench.server.seen)


def test_a_key_is_not_shown_by_printing_what_holds_it(stripe):
    source = stripe.make_source(stripe.watch.clock, stripe.patience)
    assert "STRIPE_API_KEY" in repr(source)
    assert stripe_account.KEY not in repr(source)


def test_a_key_is_not_sent_on_to_another_address(stripe):
    elsewhere = {"Location": f"{stripe.server.address}/elsewhere"}
    stripe.server.faults.append(Fault("/v1/customers", status=302, headers=elsewhere))
    with pytest.raises(ExtractFailed, match="was redirected, and a key is not sent to another address"):
        stripe.extract("customers")
    assert stripe.server.count("/elsewhere") == 0


def test_a_netrc_entry_does_not_take_the_place_of_the_key(stripe, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert stripe.extract("customers")["customers"].records == 8


@pytest.mark.parametrize("value", ["", "  ", "rk_test_1\nX-Header: 1", '"rk_test_1"', "rk test"])
def test_a_missing_or_broken_key_is_refused_without_showing_it(monkeypatch, value):
    monkeypatch.setenv("STRIPE_API_KEY", value)
    with pytest.raises(ConfigurationError, match="STRIPE_API_KEY") as refused:
        read_secret("STRIPE_API_KEY", "there")
    assert "rk" not in str(refused.value)


@pytest.mark.parametrize(
    "address", ["http://api.example.com", "ftp://127.0.0.1", "https://", "https://u:p@host"]
)
def test_an_address_that_would_show_the_key_is_refused(monkeypatch, address):
    monkeypatch.setenv("STRIPE_API_ADDRESS", address)
    with pytest.raises(ConfigurationError, match="STRIPE_API_ADDRESS") as refused:
        read_address("STRIPE_API_ADDRESS", "https://api.stripe.com")
    assert "u:p" not in str(refused.value)


def test_the_vendors_own_address_is_the_default(monkeypatch):
    monkeypatch.delenv("STRIPE_API_ADDRESS", raising=False)
    assert read_address("STRIPE_API_ADDRESS", "https://api.stripe.com") == "https://api.stripe.com"


def test_a_process_killed_in_the_middle_is_gone_on_from(stripe):
    fault = Fault("/v1/invoices", skip=1, hangs=True)
    stripe.server.faults.append(fault)
    call = "from orchestration.extract.commands import extract_commands as e; e()"
    arguments = ["stripe", "--into", str(stripe.folder), "--objects", "customers,invoices"]
    with subprocess.Popen([sys.executable, "-c", call, *arguments], env=dict(os.environ)) as process:
        assert fault.reached.wait(60)
        process.send_signal(signal.SIGKILL)
    assert not list(stripe.folder.rglob("*.jsonl"))

    (day,) = [path for path in stripe.folder.iterdir() if path.name != ".extract"]
    stripe.watch.moment = stripe.watch.moment.fromisoformat(f"{day.name}T23:00:00+00:00")
    before = len(stripe.server.seen)
    entries = stripe.extract("customers", "invoices")

    asked = [request.path for request in stripe.server.seen[before:]]
    assert "/v1/customers" not in asked and asked.count("/v1/invoices") == 2
    assert (entries["customers"].records, entries["invoices"].records) == (8, 8)
    assert entries["invoices"].pages == 3


def test_half_a_page_behind_the_checkpoint_is_forgotten(stripe):
    stripe.server.faults.append(Fault("/v1/customers", status=400, skip=2))
    with pytest.raises(ExtractFailed):
        stripe.extract("customers")
    with (stripe.day / ".partial" / "customers.pages").open("a") as pages:
        pages.write('{"id": "cus_5", "na')
    stripe.extract("customers")
    assert stripe.ids("customers.jsonl") == [f"cus_{n}" for n in range(8)]


@pytest.mark.parametrize("damage", ["pages cut", "pages zeroed", "checkpoint empty"])
def test_pages_that_a_lost_machine_damaged_are_read_again(stripe, damage):
    stripe.server.faults.append(Fault("/v1/customers", status=400, skip=2))
    with pytest.raises(ExtractFailed):
        stripe.extract("customers")
    pages, checkpoint = (stripe.day / ".partial" / f"customers.{end}" for end in ("pages", "checkpoint"))
    if damage == "checkpoint empty":
        checkpoint.write_text("")
    else:
        size = pages.stat().st_size
        pages.write_bytes(pages.read_bytes()[:-9] if damage == "pages cut" else bytes(size))
    stripe.server.seen.clear()
    stripe.extract("customers")
    assert stripe.server.count("/v1/customers") == 3
    assert stripe.ids("customers.jsonl") == [f"cus_{n}" for n in range(8)]


@pytest.mark.parametrize("survived", range(3))
@pytest.mark.parametrize("wish", [("customers", "invoices"), ("disputes",)])
def test_a_crash_while_publishing_is_ended_by_the_next_run(stripe, monkeypatch, survived, wish):
    replace, done = Path.replace, []

    def crash_after_some(self, target):
        if target.parent == stripe.day:
            done.append(target)
            if len(done) > survived:
                raise KeyboardInterrupt
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", crash_after_some)
        with pytest.raises(KeyboardInterrupt):
            stripe.extract("customers", "invoices")
    stripe.server.seen.clear()
    entries = stripe.extract(*wish)

    assert {request.path for request in stripe.server.seen} <= {"/v1/disputes"}
    assert set(entries) == {"customers", "invoices", *wish}
    assert sorted(p.name for p in stripe.day.iterdir()) == [
        "customers.jsonl",
        "invoices.jsonl",
        "manifest.json",
    ]


def test_pages_read_under_another_version_are_not_gone_on_from(stripe):
    stripe.server.faults.append(Fault("/v1/customers", status=400, skip=2))
    with pytest.raises(ExtractFailed):
        stripe.extract("customers")
    path = stripe.day / ".partial" / "customers.checkpoint"
    checkpoint = json.loads(path.read_text())
    checkpoint["reading"]["api_version"] = "2025-03-31.basil"
    path.write_text(json.dumps(checkpoint))
    stripe.server.seen.clear()
    stripe.extract("customers")
    assert stripe.server.count("/v1/customers") == 3


def test_two_extractions_do_not_share_a_folder(stripe):
    with exclusive(stripe.folder / ".extract" / "lock"), pytest.raises(RunLocked):
        stripe.extract("customers")
    assert not stripe.server.seen


def test_files_can_be_read_by_their_owner_only(stripe):
    def modes() -> dict[str, int]:
        return {path.name: path.stat().st_mode & 0o777 for path in stripe.day.rglob("*") if path.is_file()}

    stripe.server.faults.append(Fault("/v1/customers", status=400, skip=1))
    with pytest.raises(ExtractFailed):
        stripe.extract("customers")
    assert modes() == {"customers.pages": 0o600, "customers.checkpoint": 0o600}
    stripe.extract("customers")
    assert modes() == {"customers.jsonl": 0o600, "manifest.json": 0o600}


def test_a_manifest_of_something_else_is_named(stripe):
    (stripe.folder / "2026-03-09").mkdir(parents=True)
    (stripe.folder / "2026-03-09" / "manifest.json").write_text("[]")
    with pytest.raises(ExtractFailed, match=r"2026-03-09/manifest\.json is not a manifest of an extraction"):
        stripe.extract("customers")


def test_without_the_extra_the_command_says_what_to_install(tmp_path):
    call = (
        "import sys; sys.modules['requests'] = None\n"
        "from orchestration.extract.commands import extract_commands as e\n"
        f"e(['stripe', '--into', {str(tmp_path)!r}])"
    )
    result = subprocess.run([sys.executable, "-c", call], capture_output=True, text=True, check=False)
    assert "Reading an API needs the package requests: install saas-metrics[api]" in result.stderr


def test_the_commands_refuse_a_wrong_call(stripe):
    into = ["--into", str(stripe.folder)]
    assert CliRunner().invoke(extract_commands, ["stripe"]).exit_code == 2
    assert CliRunner().invoke(extract_commands, ["stripe", *into, "--since", "yesterday"]).exit_code == 2
    unknown = CliRunner().invoke(extract_commands, ["stripe", *into, "--objects", "customers, plans"])
    assert isinstance(unknown.exception, ConfigurationError)
    assert "stripe has no plans. It has customers, products" in str(unknown.exception)
