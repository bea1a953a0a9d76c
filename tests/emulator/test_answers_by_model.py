"""The emulator's answers against the models of the official description of 2018, member by member."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulator.official import ANSWERS
from tests.emulator.running import Bench, decoded, running
from tests.partnercenter.official_contract import model

READER, USERS = "f2ef992c-3afb-46b9-b7cf-a126ee74c451", "fe930be7-5e62-47db-91af-98c3a49a38b1"
SDK = "MicrosoftPartnerSdkContractsV1"


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Bench, dict[str, str]]]:
    with running(customers=20, seed=2) as bench:
        tid, ids = bench.movable()
        bench.granted(tid, "source", [READER, USERS, "e8611ab8-c189-46e8-94e1-60213ab1f814"])
        users = bench.truth(f"/customers/{tid}")["users"]
        uid = next(u["id"] for u in users if u["licences"])
        who = {"id": uid, "userPrincipalName": "x", "displayName": "x"}
        bench.call("POST", f"/v1/customers/{tid}/directoryroles/{USERS}/usermembers", "source", who)
        bench.act("/clock", to="2026-12-09T00:00:00Z")
        oid = bench.get(f"/v1/customers/{tid}/orders", "source")["items"][0]["id"]
        yield bench, {"tid": tid, "sid": ids[0], "uid": uid, "oid": oid, "role": USERS}


def kind_of(value: Any) -> set[str]:
    """What a value may be called in the description."""
    if isinstance(value, bool):
        return {"bool"}
    if isinstance(value, int):
        return {"int", "number"}
    if isinstance(value, float):
        return {"number"}
    return {"text", "time"} if isinstance(value, str) else {"list"} if isinstance(value, list) else {"object"}


@pytest.mark.parametrize("path", sorted(ANSWERS))
def test_an_answer_has_the_members_of_its_model_with_their_types(
    path: str, corpus: Path, place: tuple[Bench, dict[str, str]]
) -> None:
    bench, values = place
    name, left_out = ANSWERS[path]
    official = model(corpus, "2018", f"{SDK}{name}")
    answer = bench.call("GET", path.format(**values), "source")
    assert answer.status_code == 200, answer.text
    body = decoded(answer)
    item = body["items"][0] if "items" in body else body
    assert set(official) - set(item) == set(left_out)
    for member, kind in official.items():
        if item.get(member) is not None and kind != "object":
            assert kind in kind_of(item[member]), (member, kind, item[member])
