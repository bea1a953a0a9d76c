"""The moments at which the engine is killed."""

from novation.rehearsal.chaos import KillSchedule


def moments(seed: int) -> list[int]:
    kills, found = KillSchedule(5, 50, seed), []
    for entries in range(2000):
        for _ in range(400):
            if kills._at is not None:
                kills._at = 0.0  # the pause is over
            if kills.is_due(entries):
                found.append(entries)
                break
            if kills._at is None:
                break
    return found


def test_the_same_seed_kills_at_the_same_entries() -> None:
    assert moments(3) == moments(3)
    assert moments(3) != moments(4)
    assert len(moments(3)) == 5


def test_nobody_is_killed_twice_without_anything_between() -> None:
    assert len(set(moments(3))) == 5


def test_without_kills_nobody_is_killed() -> None:
    kills = KillSchedule(0, 50, 1)
    assert not any(kills.is_due(entries) for entries in range(1000))
