"""The table of faults tells the rows that passed, whichever process they ran in, and no others."""

from __future__ import annotations

from typing import Literal

import pytest

import fault_table


class Ended:
    """Tests that end, and what the table of faults says of it."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        self._test: pytest.Item = request.node
        self._hook = request.config.hook

    def test(self, fault: str, outcome: Literal["passed", "failed"] = "passed") -> None:
        """Let a test note a row and end; its reports come from another process."""
        ended = pytest.Function.from_parent(self._test.parent, name=self._test.name, callobj=lambda: None)
        fault_table.noting(ended)("7", fault, "complete", 0, "intact", "complete, all there")
        for when in ("call", "teardown"):
            report = pytest.TestReport(
                ended.nodeid, ended.location, {}, outcome, None, when, user_properties=ended.user_properties
            )
            sent = self._hook.pytest_report_to_serializable(config=ended.config, report=report)
            fault_table.gather(self._hook.pytest_report_from_serializable(config=ended.config, data=sent))


@pytest.fixture
def ended(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Ended:
    monkeypatch.setattr(fault_table, "PASSED", [])
    return Ended(request)


def test_a_row_is_told_once(ended: Ended) -> None:
    ended.test("second instance")
    _, *rows = fault_table.told()
    assert rows == ["  7 second instance  complete           0  intact    complete, all there"]


def test_a_row_whose_test_failed_after_it_was_noted_is_not_told(ended: Ended) -> None:
    ended.test("second instance", "failed")
    assert len(fault_table.told()) == 1, "the head alone"


def test_rows_stand_in_the_order_of_the_faults_whatever_ended_first(ended: Ended) -> None:
    for fault in ("stuck reader", "archive locked"):
        ended.test(fault)
    _, *rows = fault_table.told()
    assert [row[4:18].rstrip() for row in rows] == ["archive locked", "stuck reader"]
