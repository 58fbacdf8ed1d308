from custom_components.emucs_p1.budget import Budget


def test_so_many_may_happen_at_once() -> None:
    budget = Budget(3, 10.0)
    assert [budget.spend(100.0) for _ in range(4)] == [True, True, True, False]


def test_one_more_may_happen_after_a_while() -> None:
    budget = Budget(1, 10.0)
    assert [budget.spend(now) for now in (0.0, 9.9, 10.0, 19.9)] == [True, False, True, False]


def test_what_is_not_spent_does_not_pile_up() -> None:
    budget = Budget(2, 10.0)
    budget.spend(0.0)
    assert [budget.spend(1000.0) for _ in range(3)] == [True, True, False]
