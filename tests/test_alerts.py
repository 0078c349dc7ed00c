"""Messages to people: sent through the real Apprise to a server on loopback, in bounded time, without a secret."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from collector import alerting, config
from collector.alerting import Alerting, Delivery, composed, redacted
from collector.archive import Archive
from collector.cli import cli
from collector.demo.loopback import LoopbackSite, Request, Response
from collector.errors import ConfigError, UsageError
from collector.incident import Incident, Trouble
from collector.plan.incidents import Notice
from collector.plan.troubles import CAUSES
from collector.watch import Watch
from ports import free_port, kept_closed
from stored import PROFILE
from story_clock import StoryClock

# One of the hundred services that Apprise loads imports it, on Python 3.11 and 3.12.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

ROOT = Path(__file__).parent.parent
NOW = datetime(2024, 7, 1, 1, 0, tzinfo=UTC)
DOWN = Incident(7, Trouble("unreachable", "timeout <b>", "tinh"), NOW, NOW, NOW, 3)
OPENED = Notice("opened", DOWN)


class Listener(LoopbackSite):
    """Takes what is posted to it, with the status that it is told to answer."""

    def __init__(self) -> None:
        super().__init__()
        self.status = 200
        self.go_on = threading.Event()
        self.go_on.set()
        self.told: list[dict[str, Any]] = []

    def answer(self, request: Request) -> Response:
        self.go_on.wait(20)
        self.told.append(json.loads(request.body))
        return Response(status=self.status)

    @property
    def address(self) -> str:
        return f"json://user:secret-word@{self.host}/hook/t0k3n-of-ours"


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as running:
        yield running
        running.go_on.set()


def test_a_notice_arrives_as_plain_text_in_both_languages(listener: Listener) -> None:
    names = {"tinh": "Cổng tỉnh"}
    assert Alerting([listener.address], names=names)([OPENED]) == [Delivery(f"json://{listener.host}")]
    (message,) = listener.told
    assert message["title"] == "[collector] Sự cố mới / New incident: Cổng tỉnh (tinh) (unreachable)"
    assert message["message"].splitlines() == [
        "Sự cố mới: cổng không trả lời.",
        "New incident: the portal does not answer.",
        "Ở đâu / where: Cổng tỉnh (tinh)",
        "Từ / since: 2024-07-01 08:00 (+07)",
        "Số lần thấy / seen: 3",
        "Chi tiết / detail: timeout <b>",
        "Xem thêm / look at: collector status; docs/OPERATE.md#unreachable",
    ]


def test_several_notices_are_one_message(listener: Listener) -> None:
    over = Notice(
        "recovered", Incident(8, Trouble("clock", "2 h"), NOW, NOW, NOW, 1, closed_at=NOW + timedelta(hours=2))
    )
    Alerting([listener.address])([OPENED, over])
    (message,) = listener.told
    assert message["title"] == "[collector] 2 tin về sự cố / messages on incidents"
    assert "\nỞ đâu / where: tinh\n" in message["message"]
    assert "\nĐến / until: 2024-07-01 10:00 (+07)\n" in message["message"]


@pytest.mark.parametrize("cause", CAUSES)
def test_every_cause_has_words_and_a_heading_where_the_message_points(cause: str) -> None:
    _, body = composed(
        [Notice("opened", Incident(1, Trouble(cause, "so"), NOW, NOW, NOW, 1))], names={}, zone=ZoneInfo("UTC")
    )
    vietnamese, english = body.splitlines()[:2]
    assert english == f"New incident: {CAUSES[cause]}."
    assert vietnamese not in {"Sự cố mới: .", f"Sự cố mới: {cause}."}
    page = (ROOT / "docs" / "OPERATE.md").read_text(encoding="utf-8")
    assert f"\n### {cause}\n" in page


def test_a_server_that_fails_is_told_without_password_and_token(listener: Listener) -> None:
    listener.status = 500
    (delivery,) = Alerting([listener.address])([OPENED])
    assert delivery.address == f"json://{listener.host}"
    assert delivery.error is not None
    assert "500" in delivery.error
    assert "secret" not in delivery.error
    assert "t0k3n" not in delivery.error


def test_a_server_that_refuses_does_not_keep_the_others_from_being_told(listener: Listener) -> None:
    with kept_closed(port := free_port()):
        refused, taken = Alerting([f"json://127.0.0.1:{port}/", listener.address])([OPENED])
    assert refused.error
    assert taken.error is None
    assert len(listener.told) == 1


def test_a_server_that_hangs_holds_nobody_and_gathers_no_threads(listener: Listener) -> None:
    listener.go_on.clear()
    alerts = Alerting([f"{listener.address}?rto=20"], patience=0.2)
    before = threading.active_count()
    assert alerts([OPENED]) == [Delivery(f"json://{listener.host}", "did not take it within 0.2 s")]
    assert alerts([OPENED]) == [Delivery(f"json://{listener.host}", "an earlier sending hangs there still")]
    assert sum(thread.name == "alert-0" for thread in threading.enumerate()) == 1
    assert threading.active_count() >= before
    listener.go_on.set()
    (hanging,) = [thread for thread in threading.enumerate() if thread.name == "alert-0"]
    hanging.join(20)
    listener.told.clear()
    assert [one.error for one in alerts([OPENED])] == [None]
    assert len(listener.told) == 1


def test_an_address_of_no_service_is_told_and_neither_log_nor_output_shows_its_token(tmp_path: Path) -> None:
    folder = configured(tmp_path, 'urls = ["nosuch://example.vn/t0k3n", "tgram://t0k3n"]')
    asked = [sys.executable, "-m", "collector", "--config", str(folder), "-vv", "alerts", "test"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [
        "nosuch://example.vn  not an address that Apprise knows (Unparseable URL nosuch://example.vn)",
        "tgram://…  not an address that Apprise knows (Unparseable Telegram URL tgram://…)",
    ]
    assert (done.returncode, done.stderr) == (1, "")


def test_without_addresses_nothing_is_loaded() -> None:
    assert Alerting([])([OPENED]) == []


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("mailto://me:pa%40ss@example.vn:587/?to=you@example.vn", "mailto://example.vn:587"),
        ("json://127.0.0.1:8080/hook/token", "json://127.0.0.1:8080"),
        ("json://[::1]:8080/hook", "json://[::1]:8080"),
        ("jsons://user:p@ss@hooks.example.vn/x", "jsons://hooks.example.vn"),
        ("tgram://123456:AbCdEf-token/987654", "tgram://…"),
        ("discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js", "discord://…"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "slack://…"),
        ("mailto://user:pa/ss@example.vn", "mailto://…"),
    ],
)
def test_an_address_is_shown_by_scheme_and_host(url: str, shown: str) -> None:
    assert redacted(url) == shown


def test_a_watch_tells_a_dead_listener_again_until_it_takes_it(listener: Listener) -> None:
    with Archive(None) as archive, capture_logs() as lines:
        archive.portals.register(PROFILE)
        clock = StoryClock()
        watch = Watch(archive, Alerting([listener.address]), strikes=1, remind=0, now=clock.now)
        listener.status = 503
        watch.note(Trouble("crashed", "a bug", "tinh"))
        watch.settle()
        watch.settle()
        listener.status = 200
        watch.settle()
        watch.settle()
        assert archive.incidents.open()[0]["told_at"]
    assert len(listener.told) == 3
    assert [line["event"] for line in lines] == ["incident opened", "an alert could not be sent, it is tried again"]
    assert "secret" not in json.dumps(lines)
    assert "t0k3n" not in json.dumps(lines)


# --- the command, the configuration, the status -----------------------------------------------------------------------

MAIN = 'portals = ["tinh"]\n[http]\ncontact = "a@example.vn"\n[alerts]\n'


def configured(tmp_path: Path, alerts: str) -> Path:
    for path in config.init(tmp_path / "config"):
        if path.name == "collector.toml":
            path.write_text(MAIN.replace("tinh", "soctrang-vpub") + alerts, encoding="utf-8")
    return tmp_path / "config"


def ask(tmp_path: Path, alerts: str, *arguments: str) -> tuple[int, str]:
    """Return exit code and standard output."""
    given = ["--config", str(configured(tmp_path, alerts)), *arguments]
    done = CliRunner().invoke(cli, given, standalone_mode=False)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout


def test_alerts_test_prints_a_line_an_address(tmp_path: Path, listener: Listener) -> None:
    with kept_closed(port := free_port()):
        urls = f'urls = ["{listener.address}", "json://127.0.0.1:{port}/x"]'
        code, out = ask(tmp_path, urls, "alerts", "test")
    good, bad = out.splitlines()
    assert code == 1
    assert good == f"json://{listener.host}  ok"
    assert bad.startswith(f"json://127.0.0.1:{port}  ")
    assert not bad.endswith("ok")
    assert listener.told[0]["title"] == "[collector] Thử thông báo / Test notification"


def test_alerts_test_as_json_and_its_exit_codes(tmp_path: Path, listener: Listener) -> None:
    code, out = ask(tmp_path, f'urls = ["{listener.address}"]', "alerts", "test", "--json")
    assert (code, json.loads(out)) == (0, [{"address": f"json://{listener.host}", "ok": True, "error": None}])


def test_alerts_test_without_an_address_or_without_apprise_is_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UsageError, match="no address is configured; list one in `urls` under"):
        ask(tmp_path / "a", "", "alerts", "test")
    monkeypatch.setattr(alerting, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match="pip install 'apprise>=2") as caught:
        ask(tmp_path / "b", 'urls = ["json://127.0.0.1/secret"]', "alerts", "test")
    assert caught.value.exit_code == 2
    assert "secret" not in str(caught.value)
    assert "pip install" in str(Alerting(["json://127.0.0.1/x"])([OPENED])[0].error)


def test_a_missing_extra_is_warned_of_where_addresses_are_configured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def warnings(name: str, alerts: str) -> tuple[str, ...]:
        return config.load(configured(tmp_path / name, alerts), environ={}, cwd=tmp_path).warnings

    monkeypatch.setattr("collector.config.loading.find_spec", lambda _: None)
    assert warnings("a", "") == ()
    (warning,) = warnings("b", 'urls = ["json://127.0.0.1/secret"]')
    assert "Apprise is not installed: pip install 'apprise>=2.3,<3'" in warning
    assert "secret" not in warning
    monkeypatch.undo()
    assert warnings("c", 'urls = ["json://127.0.0.1/secret"]') == ()


def test_the_pip_line_is_what_the_extra_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["optional-dependencies"]["alerts"] == [config.APPRISE.split("'")[1]]


@pytest.mark.parametrize(("given", "seconds"), [("", 86_400), ("remind = 0", 0), ('remind = "2h"', 7_200)])
def test_the_distance_of_reminders_is_a_duration(tmp_path: Path, given: str, seconds: float) -> None:
    assert config.load(configured(tmp_path, given), environ={}, cwd=tmp_path).alerts.remind == seconds


def test_a_distance_of_reminders_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"alerts\.remind: expected a number of seconds or a duration"):
        config.load(configured(tmp_path, 'remind = "daily"'), environ={}, cwd=tmp_path)


def test_status_shows_what_is_open(tmp_path: Path) -> None:
    path = tmp_path / "archive.db"
    with Archive(path) as archive, capture_logs():
        archive.portals.register(PROFILE)
        watch = Watch(archive, lambda _: [], strikes=1, remind=0, now=StoryClock().now)
        watch.note(Trouble("quiet", "nothing since May", "tinh", "tinh/tin"))
        watch.note(Trouble("clock", "two hours ahead"))
        watch.note(Trouble("blocked", "a login form", "tinh"))
        watch.clear("blocked", "tinh")
    _, out = ask(tmp_path, "", "--archive", str(path), "status")
    assert out.splitlines()[:4] == [
        "open incidents",
        "where     cause  since              seen  detail",
        "tinh/tin  quiet  2024-07-01 00:30Z  1     nothing since May",
        "archive   clock  2024-07-01 00:30Z  1     two hours ahead",
    ]
    _, out = ask(tmp_path / "again", "", "--archive", str(path), "status", "--json")
    found = json.loads(out)["incidents"]
    assert [(one["portal"], one["section"], one["cause"]) for one in found] == [
        ("tinh", "tinh/tin", "quiet"),
        (None, None, "clock"),
    ]
    assert {"id", "first_at", "opened_at", "last_at", "strikes", "detail"} <= found[0].keys()


def test_a_secret_is_one_however_its_letters_are_written() -> None:
    url = "slack://TokenOne/TokenTwo/%23chan"
    assert alerting._without_secrets("no answer for TOKENONE and tokentwo", url) == "no answer for … and …"
