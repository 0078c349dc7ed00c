"""Faults of the process and of TLS: killed, stopped, without power, with a certificate that nobody vouches for.

The last part of the table of faults; see ``test_faults``.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme

from fault_bench import Bench, Benches, publish
from fault_rows import at_request
from fault_table import Note

# --- the process ------------------------------------------------------------------------------------------------------


def made_good(bench: Bench, note: Note, number: str, fault: str, verdict: str, code: int) -> None:
    """Assert that nothing was harmed, and that the next run brings what was missed; note it."""
    assert bench.harm() == []
    following = bench.run()
    assert (following.code, following.verdict) == (0, "complete"), following
    assert bench.harm() == []
    assert bench.missing() == []
    assert bench.value("select count(*) from runs where finished_at is null") == 0
    note(number, fault, verdict, code, "intact", f"{following.verdict}, all there")


#: The first listing; the first article; its successor; the second listing.
_MOMENTS = [1, 2, 3, 5]


@pytest.mark.parametrize("moment", _MOMENTS)
def test_kill_9_in_a_run_loses_nothing_and_doubles_nothing(
    moment: int, benches: Benches, monkeypatch: pytest.MonkeyPatch, note: Note
) -> None:
    bench = benches.bench(monkeypatch)
    publish(bench)
    started: list[subprocess.Popen[str]] = []

    def kill() -> None:
        while not started:
            time.sleep(0.01)
        started[0].kill()

    with at_request(bench, moment, kill) as met, bench.place.start("-q", "run") as process:
        started.append(process)
        process.communicate(timeout=60)
    assert len(met) == moment
    assert process.returncode == -signal.SIGKILL
    made_good(bench, note, "1", f"kill -9 at request {moment}", "–", process.returncode)
    assert bench.rows("select verdict from runs order by id desc limit 2") == [("complete",), ("interrupted",)]
    assert bench.value("select count(*) from runs where evidence like '%ended without closing this run%'") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
@pytest.mark.parametrize("moment", [1, 3])
def test_a_signal_interrupts_a_run_between_two_bulletins(
    number: signal.Signals, moment: int, benches: Benches, monkeypatch: pytest.MonkeyPatch, note: Note
) -> None:
    bench = benches.bench(monkeypatch)
    publish(bench)
    with at_request(bench, moment, lambda: os.kill(os.getpid(), number)) as met:
        ended = bench.run()
    assert (ended.code, ended.verdict) == (130, "interrupted"), ended
    assert len(met) == moment
    made_good(bench, note, "27", f"{number.name} at request {moment}", ended.verdict, ended.code)


def test_a_second_signal_ends_a_run_at_once(benches: Benches, monkeypatch: pytest.MonkeyPatch, note: Note) -> None:
    bench = benches.bench(monkeypatch)
    publish(bench)
    started: list[subprocess.Popen[str]] = []

    def twice() -> None:
        while not started:
            time.sleep(0.01)
        started[0].send_signal(signal.SIGTERM)
        started[0].send_signal(signal.SIGINT)

    with at_request(bench, 3, twice), bench.place.start("-q", "run") as process:
        started.append(process)
        process.communicate(timeout=60)
    assert process.returncode == 130
    made_good(bench, note, "27", "two signals", "–", process.returncode)


def torn(wal: Path) -> None:
    """Half of the last page reached the disk."""
    os.truncate(wal, wal.stat().st_size - 2000)


def scrambled(wal: Path) -> None:
    """The last pages hold what was on the disk before."""
    with wal.open("rb+") as file:
        file.seek(-5000, os.SEEK_END)
        file.write(b"\x5a" * 5000)


def emptied(wal: Path) -> None:
    os.truncate(wal, 0)


@pytest.mark.parametrize("tear", [torn, scrambled, emptied], ids=lambda tear: tear.__name__)
def test_a_write_ahead_log_that_lost_its_end_costs_only_that_end(
    tear: Callable[[Path], None], benches: Benches, monkeypatch: pytest.MonkeyPatch, note: Note
) -> None:
    bench = benches.bench(monkeypatch)
    publish(bench)
    wal, image = bench.archive.with_name("archive.db-wal"), bench.place.folder / "image"
    image.mkdir()

    def power_fails() -> None:
        """Keep what is on the disk while the third article is on its way."""
        for path in (bench.archive, wal):
            shutil.copy(path, image)

    with at_request(bench, 4, power_fails):
        bench.run()
    for path in (bench.archive, wal):
        shutil.copy(image / path.name, path)
    assert wal.stat().st_size > 10_000
    tear(wal)
    made_good(bench, note, "2", f"power loss, write-ahead log {tear.__name__}", "–", 0)


# --- TLS --------------------------------------------------------------------------------------------------------------


def server(certificate: trustme.LeafCert) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(made)
    return made


def without_intermediate(ca: trustme.CA, folder: Path) -> tuple[ssl.SSLContext, trustme.CA]:
    """The portal renews its certificate and forgets to send the authority between."""
    between = ca.create_child_ca()
    leaf = between.issue_cert("127.0.0.1")
    chain = folder / "leaf.pem"
    chain.write_bytes(leaf.private_key_pem.bytes() + leaf.cert_chain_pems[0].bytes())
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(chain)
    return made, between


def expired(ca: trustme.CA, folder: Path) -> tuple[ssl.SSLContext, None]:
    return server(ca.issue_cert("127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC))), None


def of_another_host(ca: trustme.CA, folder: Path) -> tuple[ssl.SSLContext, None]:
    return server(ca.issue_cert("congtt.example.vn")), None


def of_an_unknown_authority(ca: trustme.CA, folder: Path) -> tuple[ssl.SSLContext, None]:
    return server(trustme.CA().issue_cert("127.0.0.1")), None


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (without_intermediate, "does not send its intermediate certificate.*ca_bundle"),
        (expired, "has expired; only the portal can mend that"),
        (of_another_host, "is for another host; check the address"),
        (of_an_unknown_authority, "intermediate certificate, or its authority is unknown|unknown authority"),
    ],
    ids=["missing intermediate", "expired", "another host", "unknown authority"],
)
def test_a_certificate_that_cannot_be_verified_is_unreachable_with_an_explanation(
    fault: Callable[[trustme.CA, Path], tuple[Any, Any]],
    says: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
    note: Note,
) -> None:
    ca = trustme.CA()
    bundle = tmp_path / "ca.pem"
    ca.cert_pem.write_to_path(str(bundle))
    well_known = server(ca.issue_cert("127.0.0.1"))
    http = f'ca_bundle = "{bundle}"'
    healthy = Benches(tmp_path, tls=well_known, http=http)
    with healthy.portal:
        bench = healthy.bench(monkeypatch)
        publish(bench)
        healthy.portal.tls, between = fault(ca, tmp_path)
        bench.portal.requests.clear()
        ended = bench.run()
        assert (ended.code, ended.verdict) == (3, "unreachable"), ended
        assert re.search(says, ended.evidence), ended
        assert bench.portal.requests == [], "nothing was asked over a line that nobody vouches for"
        if between is None:
            healthy.portal.tls = well_known
        else:  # the portal stays as it is; the operator names the missing certificate
            between.cert_pem.write_to_path(str(bundle), append=True)
        made_good(bench, note, "23", f"TLS: {request.node.callspec.id}", ended.verdict, ended.code)
