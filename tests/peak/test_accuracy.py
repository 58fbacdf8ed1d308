import json

from custom_components.emucs_p1.peak.accuracy import Accuracy

WEEK = 7 * 96
NOW = 1_900_000


def test_nothing_is_known_before_the_first_quarter() -> None:
    assert Accuracy().mean is None


def test_too_high_and_too_low_are_errors_alike() -> None:
    accuracy = Accuracy()
    accuracy.add(NOW, 100.0)
    accuracy.add(NOW + 1, -300.0)
    assert accuracy.mean == 200


def test_an_error_counts_for_a_week() -> None:
    accuracy = Accuracy()
    accuracy.add(NOW, 900.0)
    accuracy.add(NOW + WEEK - 1, 100.0)
    assert accuracy.mean == 500
    accuracy.add(NOW + WEEK, 100.0)
    assert accuracy.mean == 100


def test_the_record_is_bounded_though_the_clock_was_ahead_once() -> None:
    accuracy = Accuracy()
    for quarter in (NOW + 50_000, *range(NOW, NOW + 2 * WEEK)):
        accuracy.add(quarter, 1.0)
    assert len(accuracy.dump()) == WEEK


def test_what_a_clock_that_was_ahead_has_stamped_is_forgotten() -> None:
    accuracy = Accuracy()
    accuracy.add(NOW + 50_000, 900.0)
    accuracy.add(NOW, 100.0)
    assert accuracy.mean == 100


def test_the_record_survives_a_restart() -> None:
    accuracy, successor = Accuracy(), Accuracy()
    accuracy.add(NOW, 123.4)
    accuracy.add(NOW + 5, -50.0)
    successor.load(json.loads(json.dumps(accuracy.dump())))
    assert (successor.mean, successor.dump()) == (accuracy.mean, accuracy.dump())


def test_an_empty_record_stays_unknown_after_a_restart() -> None:
    successor = Accuracy()
    successor.load(json.loads(json.dumps(Accuracy().dump())))
    assert successor.mean is None
