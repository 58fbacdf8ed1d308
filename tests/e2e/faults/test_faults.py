"""Every fault: what the user sees, how long it takes, what is written to history, what is logged.

The faults are played at the same time, in one street, before the first of these tests: see street.py.
"""

import pytest

from .fault import Fault, Outcome
from .line_faults import LINE_FAULTS
from .meter_faults import METER_FAULTS
from .street import Street

_FAULTS = [
    pytest.param(fault, id=fault.name, marks=() if fault.common else pytest.mark.thorough)
    for fault in (*LINE_FAULTS, *METER_FAULTS)
]
each_fault = pytest.mark.parametrize("fault", _FAULTS)


@each_fault
def test_user_sees_what_is_promised(outcome: Outcome) -> None:
    if outcome.error is not None:
        raise outcome.error


@each_fault
def test_values_go_and_come_back_in_time(outcome: Outcome, fault: Fault) -> None:
    for seconds, limit in ((outcome.gone_after, fault.gone), (outcome.back_after, fault.back)):
        assert seconds is None or limit is None or seconds <= limit


@each_fault
def test_no_wrong_number_is_shown(outcome: Outcome) -> None:
    assert outcome.wrong == []


@each_fault
def test_history_holds_what_was_shown(outcome: Outcome) -> None:
    assert outcome.unrecorded == []


@each_fault
def test_history_says_unavailable_once(outcome: Outcome, fault: Fault) -> None:
    expected = {
        unique_id: fault.outages if fault.concerns(unique_id) else fault.outages_besides
        for unique_id in outcome.outages
        if not unique_id.endswith(("peak_target", "sheddable_power"))
    }
    assert {unique_id: outcome.outages[unique_id] for unique_id in expected} == expected


@each_fault
def test_it_is_logged_once_and_calmly(outcome: Outcome, fault: Fault) -> None:
    assert len(outcome.logged) == len(fault.logged), outcome.logged
    for line, part in zip(outcome.logged, fault.logged, strict=True):
        assert part in line


def test_nothing_is_complained_of(street: Street) -> None:
    assert street.home.complaints == []
