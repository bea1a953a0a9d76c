"""`novation simulate`: real customers or invented ones, as a table or as JSON."""

import json

from tests.commands.conftest import Run


def test_without_a_programme_customers_are_invented(novation: Run) -> None:
    code, _, said = novation("simulate")
    assert (code, "--customers" in said) == (2, True)
    code, out, _ = novation("simulate", "--customers", 30, "--runs", 5, "--json", "--start", "2027-01-11")
    found = json.loads(out)
    assert code == 0
    assert found["start"].startswith("2027-01-11")
    assert found["finish_p50"] <= found["finish_p90"]
    assert found["assumptions"]["mandate"] == 0.7
    assert sum(found["ends"].values()) == 30


def test_the_programmes_customers_are_forecast(connected: Run) -> None:
    assert connected("import")[0] == 0
    code, out, _ = connected("simulate", "--runs", 3, "--operators", 1, "--mandate", 60)
    assert code == 0
    assert "3 customers of this programme" in out
    assert "What binds" in out


def test_what_cannot_be_is_one_sentence(novation: Run) -> None:
    for wrong in (("--mandate", 101), ("--start", "soon"), ("--customers", 0)):
        code, _, said = novation("simulate", "--customers", 5, *wrong)
        assert (code, said.count("\n")) == (2, 1)
