"""The door for probes and scrapers: what it answers, and that nobody who knocks can close it."""

from __future__ import annotations

import http.client
import json
import os
import resource
import socket
import socketserver
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import pytest
from structlog.testing import capture_logs

from collector import health
from collector.errors import UsageError
from collector.health import ask_health, serving_health

HOST = "127.0.0.1"


def well() -> tuple[bool, Mapping[str, Any]]:
    return True, {"portals": []}


def exposed() -> bytes:
    return b"x_total 1.0\n"


def ask(port: int, method: str = "GET", path: str = "/health") -> tuple[int, bytes, dict[str, str]]:
    with closing(http.client.HTTPConnection(HOST, port, timeout=5)) as connection:
        connection.request(method, path)
        response = connection.getresponse()
        return response.status, response.read(), dict(response.getheaders())


def send(port: int, request: bytes) -> bytes:
    with socket.create_connection((HOST, port), timeout=5) as caller:
        caller.sendall(request)
        answer = b""
        while more := caller.recv(65_536):
            answer += more
        return answer


def test_health_answers_200_or_503_and_nothing_else() -> None:
    good = True
    with serving_health(HOST, 0, lambda: (good, {"portals": []})) as port:
        assert ask_health(HOST, port) == (True, {"status": "ok", "portals": []})
        good = False
        assert ask_health(HOST, port) == (False, {"status": "unwell", "portals": []})
        status, body, headers = ask(port, path="/health?from=probe")
        assert (status, json.loads(body)["status"]) == (503, "unwell")
        assert (headers["Content-Type"], headers["Cache-Control"]) == ("application/json; charset=utf-8", "no-store")
    assert ask_health(HOST, port)[0] is False


def test_a_taken_health_port_is_a_clear_mistake() -> None:
    with (
        socket.create_server((HOST, 0)) as taken,
        pytest.raises(UsageError, match="cannot be served"),
        serving_health(HOST, taken.getsockname()[1], well),
    ):
        pass


@pytest.mark.parametrize("host", ["a..b", "cổng..vn"])
def test_a_name_that_no_host_has_is_a_clear_mistake(host: str) -> None:
    with pytest.raises(UsageError, match="cannot be served"), serving_health(host, 0, well):
        pass


def test_an_address_that_cannot_be_read_is_none_of_ours_and_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    with serving_health(HOST, 0, well, exposed) as port:
        assert send(port, b"GET http://[ HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 404")
        assert ask(port)[0] == 200
    assert capsys.readouterr() == ("", "")


def test_metrics_and_health_are_all_there_is() -> None:
    with serving_health(HOST, 0, well, exposed) as port:
        status, body, headers = ask(port, path="/metrics")
        assert (status, body) == (200, b"x_total 1.0\n")
        assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert [ask(port, path=path)[0] for path in ("/", "/metrics/", "/health/../etc")] == [404] * 3
    with serving_health(HOST, 0, well) as port:
        assert ask(port, path="/metrics")[0] == 404


@pytest.mark.parametrize("path", ["/health", "/metrics", "/nothing"])
def test_head_has_the_headers_of_get_and_no_body(path: str) -> None:
    with serving_health(HOST, 0, well, exposed) as port:
        status, body, headers = ask(port, "GET", path)
        told = ask(port, "HEAD", path)
        assert (told[0], told[1], told[2]["Content-Length"]) == (status, b"", str(len(body)))
        assert headers["Content-Length"] == told[2]["Content-Length"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "BREW"])
def test_other_methods_are_refused(method: str) -> None:
    with serving_health(HOST, 0, well, exposed) as port:
        status, _, headers = ask(port, method)
        assert (status, headers["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("error", [RuntimeError("first line\nsecond"), OSError("first line\nsecond")])
def test_a_bug_of_the_diagnosis_is_answered_and_logged_and_the_door_stays_open(error: Exception) -> None:
    broken = True

    def diagnosis() -> tuple[bool, Mapping[str, Any]]:
        if broken:
            raise error
        return well()

    def exposition() -> bytes:
        raise error

    with capture_logs() as lines, serving_health(HOST, 0, diagnosis, exposition) as port:
        status, body, _ = ask(port)
        assert status == 500
        detail = json.loads(body)["detail"]
        assert "first line second" in detail
        assert ask_health(HOST, port) == (False, {"status": "crashed", "detail": detail})
        status, body, _ = ask(port, path="/metrics")
        assert (status, body.count(b"\n")) == (500, 1)
        broken = False
        assert ask_health(HOST, port)[0]
    assert [(line["event"], line["log_level"], line["path"]) for line in lines] == [
        ("no answer could be made", "error", path) for path in ("/health", "/health", "/metrics")
    ]


def test_a_request_without_measure_is_refused_and_the_door_stays_open() -> None:
    with serving_health(HOST, 0, well) as port:
        assert b" 431 " in send(port, b"GET /health HTTP/1.1\r\nX: " + b"x" * health._HEADERS + b"\r\n").splitlines()[0]
        many = b"".join(b"X%d: x\r\n" % number for number in range(99))
        assert b" 200 " in send(port, b"GET /health HTTP/1.1\r\n" + many + b"\r\n").splitlines()[0]
        many = b"".join(b"X%d: %s\r\n" % (number, b"x" * 300) for number in range(99))
        assert b" 431 " in send(port, b"GET /health HTTP/1.1\r\n" + many).splitlines()[0]
        assert b"400" in send(port, b"\x00\xff \x01 nonsense\r\n")
        assert send(port, b"\r\n") == b""
        assert ask_health(HOST, port)[0]


def test_a_caller_that_never_ends_its_request_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_DEADLINE", 0.0)
    with (
        capture_logs() as lines,
        serving_health(HOST, 0, well) as port,
        socket.create_connection((HOST, port), timeout=5) as caller,
    ):
        caller.sendall(b"GET /health HT")
        assert caller.recv(100) == b"", "its thread is free again"
    assert lines == []


def test_so_many_callers_at_a_time_and_the_others_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_CALLERS", 2)
    inside, go_on = threading.Semaphore(0), threading.Event()

    def diagnosis() -> tuple[bool, Mapping[str, Any]]:
        inside.release()
        assert go_on.wait(10)
        return well()

    with serving_health(HOST, 0, diagnosis) as port:
        answers: list[bool] = []
        callers = [threading.Thread(target=lambda: answers.append(ask_health(HOST, port)[0])) for _ in range(2)]
        for caller in callers:
            caller.start()
        for _ in callers:
            assert inside.acquire(timeout=10)
        assert send(port, b"").startswith(b"HTTP/1.0 503 ")
        go_on.set()
        for caller in callers:
            caller.join(10)
        assert answers == [True, True]
        assert ask_health(HOST, port)[0]


def test_the_door_may_be_at_an_address_of_ip_6() -> None:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            pass
    except OSError:
        pytest.skip("this machine has no ::1")
    with serving_health("::1", 0, well) as port:
        assert ask_health("::1", port)[0]


def test_somebody_else_at_the_port_is_no_healthy_daemon() -> None:
    with socket.create_server((HOST, 0)) as other:

        def answer() -> None:
            caller, _ = other.accept()
            with caller:
                caller.recv(65_536)
                caller.sendall(b"HTTP/1.0 200 OK\r\n\r\n[1]")

        thread = threading.Thread(target=answer)
        thread.start()
        told = ask_health(HOST, other.getsockname()[1])
        thread.join(10)
    assert told[0] is False
    assert told[1]["status"] == "no answer"


def test_a_daemon_out_of_file_descriptors_answers_when_there_are_some_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []
    accept = socketserver.TCPServer.get_request

    def counted(server: socketserver.TCPServer) -> tuple[Any, Any]:
        asked.append(time.monotonic())
        return accept(server)

    monkeypatch.setattr(socketserver.TCPServer, "get_request", counted)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with serving_health(HOST, 0, well) as port, socket.socket() as caller:
        caller.settimeout(0.3)
        spare = os.dup(caller.fileno())
        os.close(spare)
        resource.setrlimit(resource.RLIMIT_NOFILE, (spare, hard))
        try:
            caller.connect((HOST, port))
            caller.sendall(b"GET /health HTTP/1.0\r\n\r\n")
            with pytest.raises(TimeoutError):
                caller.recv(100)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert 1 <= len(asked) < 10, "it waits, and does not spin"
        caller.settimeout(5)
        assert b" 200 " in caller.recv(100)


def test_a_thread_that_cannot_be_started_costs_one_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    with capture_logs() as lines, serving_health(HOST, 0, well) as port:

        class NoThread(threading.Thread):
            def start(self) -> None:
                raise RuntimeError("can't start new thread")

        with monkeypatch.context() as patched:
            patched.setattr(threading, "Thread", NoThread)
            for _ in range(health._CALLERS + 1):
                assert send(port, b"") == b""
        assert ask_health(HOST, port)[0], "nobody's place is lost"
    assert [line["log_level"] for line in lines] == ["error"] * (health._CALLERS + 1)
