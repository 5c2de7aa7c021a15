"""Giving memory back changes nothing of what is or will be read."""

from oko_lib.indicators.memory import give_back
from oko_lib.store import connection


def test_the_store_answers_as_before_and_starts_an_engine_of_its_own():
    with connection.cursor() as own:
        give_back()
        assert connection._engine is None
        assert own.execute("select 1").fetchone() == (1,)
    with connection.cursor() as own:
        assert own.execute("select 2").fetchone() == (2,)


def test_it_can_be_done_again_and_again():
    for _ in range(3):
        give_back()
    assert connection._guard.acquire(blocking=False)
    connection._guard.release()
