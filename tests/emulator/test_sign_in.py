"""Token endpoints, token kinds and the MFA claim."""

from __future__ import annotations

import pytest

from tests.emulator.running import GRAPH, Bench, code


def _ask(
    bench: Bench, account: str = "source", version: str = "", **form: str
) -> tuple[int, dict[str, object]]:
    known = bench.ready["accounts"][account]
    answer = bench.http.post(
        f"{bench.ready['login']}/{known['tenant_id']}/oauth2{version}/token",
        data={"client_id": known["client_id"], "client_secret": known["client_secret"], **form},
    )
    return answer.status_code, answer.json()


def test_v1_tells_the_lifetime_as_a_string_and_v2_as_a_number(bench: Bench) -> None:
    status, old = _ask(bench, grant_type="client_credentials", resource=GRAPH)
    assert (status, old["expires_in"], old["resource"]) == (200, "3599", GRAPH)
    status, new = _ask(bench, version="/v2.0", grant_type="client_credentials", scope=f"{GRAPH}/.default")
    assert (status, new["expires_in"]) == (200, 3599)
    assert "refresh_token" not in new


def test_a_refresh_token_is_rotated_and_the_old_one_stays_good(bench: Bench) -> None:
    first = bench.ready["accounts"]["source"]["refresh_token"]
    resource = "https://api.partnercenter.microsoft.com"
    _, answer = _ask(bench, grant_type="refresh_token", refresh_token=first, resource=resource)
    second = str(answer["refresh_token"])
    assert second != first
    for token in (first, second):
        assert _ask(bench, grant_type="refresh_token", refresh_token=token, resource=resource)[0] == 200


def test_a_revoked_refresh_token_is_refused(bench: Bench) -> None:
    bench.act("/tokens/revoke", account="source")
    token = bench.ready["accounts"]["source"]["refresh_token"]
    status, answer = _ask(bench, grant_type="refresh_token", refresh_token=token, resource=GRAPH)
    assert (status, answer["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "client_credentials", "resource": "https://else.example"}, 400, "invalid_resource"),
        ({"grant_type": "password", "resource": GRAPH}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "x", "resource": GRAPH}, 400, "invalid_grant"),
        (
            {"grant_type": "client_credentials", "resource": GRAPH, "client_secret": "no"},
            401,
            "invalid_client",
        ),
        (
            {"grant_type": "client_credentials", "resource": GRAPH, "client_id": "no"},
            400,
            "unauthorized_client",
        ),
    ],
)
def test_bad_requests_are_refused_in_the_shape_of_the_sign_in_service(
    bench: Bench, form: dict[str, str], status: int, error: str
) -> None:
    got, answer = _ask(bench, **form)
    assert (got, answer["error"]) == (status, error)
    assert str(answer["error_description"]).startswith("AADSTS")


def test_no_token_and_a_token_for_another_audience_are_refused(bench: Bench) -> None:
    assert bench.http.get(bench.ready["api"] + "/v1/customers").status_code == 401
    headers = {"Authorization": f"Bearer {bench.token('source', 'app', GRAPH)}"}
    assert code(bench.call("GET", "/v1/customers", "source", headers=headers)) == (401, 900420)
    retired = {"Authorization": f"Bearer {bench.token('source', 'app', 'https://graph.windows.net')}"}
    assert code(bench.call("GET", "/v1/customers", "source", headers=retired)) == (401, 900420)


def test_app_only_is_refused_where_a_user_is_needed_and_the_other_way_round(bench: Bench) -> None:
    answer = bench.call("GET", "/v1/customers/relationshiprequests", "target", kind="app")
    assert code(answer) == (403, 900329)
    assert code(bench.call("POST", "/v1/attestations/enhanced", "target", {}, kind="user"))[0] == 403


def test_a_user_token_without_the_mfa_claim_is_refused_and_app_only_is_not_affected(bench: Bench) -> None:
    assert code(bench.call("GET", "/v1/customers", "source", kind="no-mfa")) == (401, 900421)
    assert bench.call("GET", "/v1/customers", "source", kind="app").status_code == 200


def test_the_authorization_code_carries_the_choice_of_second_factor(bench: Bench) -> None:
    known = bench.ready["accounts"]["target"]
    base = f"{bench.ready['login']}/{known['tenant_id']}/oauth2/authorize"
    back = "http://127.0.0.1:1/back"
    shown = bench.http.get(base, params={"redirect_uri": back, "state": "s", "client_id": known["client_id"]})
    assert "multi-factor" in shown.text
    for choice, wanted in (("yes", 200), ("no", 401)):
        sent = bench.http.post(base, data={"redirect_uri": back, "state": "s", "mfa": choice})
        assert sent.status_code == 302
        query = dict(part.split("=", 1) for part in sent.headers["Location"].split("?", 1)[1].split("&"))
        assert query["state"] == "s"
        resource = "https://api.partnercenter.microsoft.com"
        _, tokens = _ask(
            bench,
            "target",
            grant_type="authorization_code",
            code=query["code"],
            redirect_uri=back,
            resource=resource,
        )
        answer = bench.call(
            "GET", "/v1/customers", "target", headers={"Authorization": f"Bearer {tokens['access_token']}"}
        )
        assert answer.status_code == wanted
        again, _ = _ask(
            bench, "target", grant_type="authorization_code", code=query["code"], resource=resource
        )
        assert again == 400


def test_a_caller_who_asks_is_told_whether_its_token_carries_the_mfa_claim(bench: Bench) -> None:
    path, asked = "/v1/customers/relationshiprequests", {"ValidateMfa": "true"}
    assert bench.call("GET", path, "source", headers=asked).headers["isMfaCompliant"] == "true"
    refused = bench.call("GET", path, "source", kind="no-mfa", headers=asked)
    assert (code(refused), refused.headers["isMfaCompliant"]) == ((401, 900421), "false")
    assert "isMfaCompliant" not in bench.call("GET", path, "source").headers
