"""Who is told, in which words, and that nobody who is told can hold or fail a run."""

import json
import socket
import sys
import time
from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from pipeline import saas_metrics, write_company

from orchestration.alerts.alert import Alert
from orchestration.alerts.tell import last_failures, log_of, tell
from orchestration.errors import ConfigurationError
from orchestration.settings.alerts import EVENTS
from orchestration.settings.credentials import read_webhook

VARIABLE = "OF_A_TEST_WEBHOOK"
FAILED = Alert(
    "failed", "acme & <sons>", "2025-07-01T03:10:00Z", "2025-07-01T03:00:00Z", "step dbt: DiskFull",
    "20250630T030000Z-abc", "make room", "0" * 32, "/srv/quality/latest.html",
)  # fmt: skip
WEBHOOK = {"webhook": {"url_variable": VARIABLE}}
KEEPS = "import pathlib, sys; pathlib.Path('told.json').write_text(sys.stdin.read())"


def company_with(folder, **alerts):
    company = write_company(folder, alerts=alerts)
    company.warehouse.mkdir(exist_ok=True)
    return company


def email_to(mail, *addresses, **more):
    return {"email": {"host": "127.0.0.1", "port": mail.port, "security": "none", "to": list(addresses),
                      "from_address": "metrics@example.com", **more}}  # fmt: skip


def test_a_webhook_is_given_the_whole_alert_as_slack_reads_it(tmp_path, web, monkeypatch):
    monkeypatch.setenv(VARIABLE, web.address)
    (told,) = tell(company_with(tmp_path, **WEBHOOK), [FAILED])
    assert told.failure == "" and told.receiver == "webhook"
    assert web.texts == [
        "acme &amp; &lt;sons&gt;: the run failed (as of 2025-07-01T03:00:00Z)\nstep dbt: DiskFull\n"
        "In force: release 20250630T030000Z-abc.\nWhat to do: make room\n"
        "Quality page: /srv/quality/latest.html"
    ]


def test_a_mail_goes_to_every_address(tmp_path, mail):
    (told,) = tell(company_with(tmp_path, **email_to(mail, "a@example.com", "b@example.com")), [FAILED])
    assert told.failure == ""
    (envelope,) = mail.mails
    assert envelope.rcpt_tos == ["a@example.com", "b@example.com"]
    message = message_from_bytes(envelope.content, policy=policy.default)
    assert message["Subject"] == "[saas-metrics] acme & <sons>: the run failed"
    assert message.get_content().splitlines() == FAILED.text.splitlines()


def test_a_mail_that_one_address_does_not_take_is_told(tmp_path, mail):
    mail.refuses = ("b@example.com",)
    (told,) = tell(company_with(tmp_path, **email_to(mail, "a@example.com", "b@example.com")), [FAILED])
    assert told.failure == "the mail server refused 1 of 2 addresses" and len(mail.mails) == 1


def test_a_password_never_goes_to_a_server_without_tls(tmp_path, mail, monkeypatch):
    monkeypatch.setenv("OF_A_TEST_PASSWORD", "swordfish")
    login = {"user": "metrics", "password_variable": "OF_A_TEST_PASSWORD"}
    with pytest.raises(ConfigurationError, match="a password must travel encrypted"):
        company_with(tmp_path, **email_to(mail, "a@example.com", **login))
    company = company_with(tmp_path, **email_to(mail, "a@example.com", **login, security="starttls"))
    (told,) = tell(company, [FAILED])
    assert told.failure == "SMTPNotSupportedError" and mail.mails == []


def test_a_command_is_given_json_in_the_folder_of_the_company(tmp_path):
    company = company_with(tmp_path, command=[sys.executable, "-c", KEEPS])
    (told,) = tell(company, [FAILED])
    assert told.failure == ""
    assert json.loads((tmp_path / "told.json").read_text()) == FAILED.as_json()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ([sys.executable, "-c", "raise SystemExit(3)"], "ended with exit code 3"),
        (["./is-not-there"], "./is-not-there: No such file or directory"),
        ([sys.executable, "-c", "import time; time.sleep(60)"], "did not end in time"),
    ],
)
def test_a_command_that_fails_is_a_line_of_the_log(tmp_path, command, said):
    company = company_with(tmp_path, command=command, timeout_seconds=1)
    (told,) = tell(company, [FAILED])
    assert said in told.failure or told.failure == "no answer after 1 s"
    assert [one.failure for one in log_of(company)] == [told.failure]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_any_other_answer_than_2xx_is_a_failure_and_no_redirect_is_followed(
    tmp_path, web, monkeypatch, status
):
    monkeypatch.setenv(VARIABLE, web.address)
    web.status, web.location = status, web.address.replace("a-secret", "elsewhere")
    (told,) = tell(company_with(tmp_path, **WEBHOOK), [FAILED])
    assert told.failure == f"HTTP {status}" and len(web.posted) == 1


def test_a_receiver_that_is_down_or_hangs_holds_nobody_and_the_others_are_told(
    tmp_path, web, mail, monkeypatch
):
    monkeypatch.setenv(VARIABLE, web.address)
    web.hangs_for = 5
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = email_to(mail, "a@example.com")["email"] | {"port": closed.getsockname()[1]}
        command = [sys.executable, "-c", KEEPS]
        company = company_with(tmp_path, **WEBHOOK, email=nobody, command=command, timeout_seconds=2)
        began = time.monotonic()
        told = {one.receiver: one.failure for one in tell(company, [FAILED])}
    assert time.monotonic() - began < 4
    assert told["email"] == "Connection refused" and told["command"] == ""
    assert told["webhook"] in ("no answer in time", "no answer after 2 s")
    assert {one.receiver for one in last_failures(company)} == {"email", "webhook"}


def test_a_receiver_that_answers_byte_by_byte_holds_nobody(tmp_path, web, monkeypatch):
    monkeypatch.setenv(VARIABLE, web.address)
    web.trickles = True
    began = time.monotonic()
    (told,) = tell(company_with(tmp_path, **WEBHOOK, timeout_seconds=1), [FAILED])
    assert time.monotonic() - began < 3 and told.failure == "no answer after 1 s"


def test_the_address_of_a_webhook_is_in_no_word_that_is_said(tmp_path, monkeypatch):
    secret = "https://127.0.0.1:1/services/T0/B0/a-secret"
    monkeypatch.setenv(VARIABLE, secret)
    company = company_with(tmp_path, **WEBHOOK)
    (told,) = tell(company, [FAILED])
    assert told.failure == "Connection refused"
    for wrong in (f"{secret} more", "ftp://a-secret", "http://example.com/a-secret", ""):
        monkeypatch.setenv(VARIABLE, wrong)
        (told,) = tell(company, [FAILED])
        assert VARIABLE in told.failure
    assert "a-secret" not in company.alert_log.read_text()
    monkeypatch.setenv(VARIABLE, secret)
    assert "a-secret" not in repr(read_webhook(VARIABLE))


def test_two_alerts_of_one_kind_are_two_messages_and_two_lines(tmp_path, web, monkeypatch):
    monkeypatch.setenv(VARIABLE, web.address)
    company = company_with(tmp_path, **WEBHOOK)
    told = tell(company, [FAILED, replace(FAILED, run_id="1" * 32, as_of="2025-07-02T03:00:00Z")])
    assert [one.run_id[0] for one in told] == ["0", "1"] == [one.run_id[0] for one in log_of(company)]
    assert ["2025-07-02" in text for text in web.texts] == [False, True]


def test_only_what_a_company_wants_to_hear_of_is_told(tmp_path):
    company = company_with(tmp_path, command=[sys.executable, "-c", KEEPS], events=["refused", "did_not_run"])
    assert tell(company, [FAILED]) == () and not (tmp_path / "told.json").exists()
    assert company_with(tmp_path, command=["x"]).alerts.events == EVENTS


@pytest.mark.parametrize(
    ("alerts", "said"),
    [
        ({"webhook": {"url_variable": "https://example.com/x"}}, "write the name of an environment variable"),
        ({"webhook": {"url": "https://example.com/x"}}, "unknown key 'url' in alerts.webhook; valid here"),
        ({"events": ["fails"]}, "alerts.events[1]"),
        ({"email": {"host": "h", "from_address": "nobody", "to": ["a@b"]}}, "is not one e-mail address"),
        ({"email": {"host": "h", "from_address": "a@b", "to": []}}, "alerts.email.to"),
        ({"email": {"host": "h", "from_address": "a@b", "to": "a@b", "user": "x"}}, "go together"),
        ({"timeout_seconds": 0}, "alerts.timeout_seconds"),
    ],
)  # fmt: skip
def test_a_wrong_setting_says_what_to_write(tmp_path, alerts, said):
    with pytest.raises(ConfigurationError) as refused:
        write_company(tmp_path, alerts=alerts)
    assert said in str(refused.value)


def test_alerts_test_says_of_each_receiver_whether_it_took_the_message(tmp_path, web, mail, monkeypatch):
    monkeypatch.setenv(VARIABLE, web.address)
    mail.refuses = ("a@example.com",)
    company = company_with(tmp_path, **WEBHOOK, **email_to(mail, "a@example.com"))
    answer = saas_metrics("alerts", "test", "--company", str(company.path))
    assert answer.returncode == 1
    assert "The webhook took the alert 'test'." in answer.stdout
    assert "The email did not take the alert 'test': SMTPRecipientsRefused." in answer.stdout
    assert "tested: a test, nothing happened" in web.texts[0]
    mail.refuses = ()
    assert saas_metrics("alerts", "test", "--company", str(company.path)).returncode == 0
    assert last_failures(company) == []


def test_alerts_test_without_a_receiver_says_what_to_write(tmp_path):
    answer = saas_metrics("alerts", "test", "--company", str(company_with(tmp_path).path))
    assert answer.returncode == 2 and "names no receiver. Write alerts:" in answer.stderr
