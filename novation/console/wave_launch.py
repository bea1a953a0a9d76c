"""What the page of a wave says about telling: obstacles, approvals, the account of the list, the stop rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as gl

from novation import clock
from novation.console.operators import name_of
from novation.domain.circuit_breaker import Count, Line, Rule, crossed, line
from novation.domain.tracks import Code
from novation.moves.models import CircuitBreak, Wave
from novation.moves.services import circuit_breaks, programmes
from novation.notices import accounting
from novation.notices.services import bounce_limits, wave_launch

#: What each rule counts.
RULES: dict[Rule, Promise] = {
    Rule.BOUNCES: gl("Mails that came back"),
    Rule.COMPLAINTS: gl("Complaints"),
    Rule.FAILURES: gl("Calls that failed (whole programme)"),
}


@dataclass(frozen=True)
class Gauge:
    """One rule with what it counts now. `width` is per cent of the bar; the line stands at 75 %."""

    label: str
    code: Code
    word: str
    now: str
    stops: str
    width: int


def launch_context(request: HttpRequest, wave: Wave) -> dict[str, Any]:
    """The values for the template `wave.html` about launching and telling."""
    now = clock.now()
    draft = wave.state in (Wave.State.DRAFT, Wave.State.SCHEDULED)
    account = [] if draft else accounting.parts(wave)
    listed = programmes.recipients_sha256(wave) if draft else ""
    return {
        "waiting": wave.state == Wave.State.RUNNING and wave.release_at is not None and wave.release_at > now,
        "obstacles": wave_launch.obstacles(wave, person=request.user, now=now) if draft else [],
        "approvals": [
            (name_of(approval.person), approval.at, draft and approval.recipients_sha256 != listed)
            for approval in wave.approvals.select_related("person")
        ],
        "recipients": listed,
        "agreed": draft and wave.approvals.filter(person=request.user.pk, recipients_sha256=listed).exists(),
        "needs_second": wave.programme.policy.second_launcher,
        "account": account,
        "accounted": sum(part.number for part in account),
        "gauges": [] if draft else [gauge(wave, rule) for rule in Rule],
        "halted": [(halt, says(halt)) for halt in circuit_breaks.open_halts(wave.programme, wave)],
    }


def gauge(wave: Wave, rule: Rule) -> Gauge:
    """Where a rule stands for this wave."""
    at = line(rule, wave.programme.policy)
    found = bounce_limits.count(wave.programme, wave, rule)
    if not at.window:
        return Gauge(str(RULES[rule]), Code.STAY, _("Off"), "–", _("no line is drawn"), 0)
    share = found.bad * 1000 / max(found.of, at.window // 4)
    ratio = share / at.permille if at.permille else float(found.bad)
    code, word = Code.DONE, _("Well below")
    if crossed(found, at):
        code, word = Code.ACT, _("Over the line")
    elif ratio > 0.5:
        code, word = Code.WAIT, _("Near the line")
    return Gauge(str(RULES[rule]), code, word, _now(found), _stops(at), min(100, round(ratio * 75)))


def _now(found: Count) -> str:
    return _("Now {bad} of the last {of}").format(bad=f"{found.bad:,}", of=f"{found.of:,}")


def _stops(at: Line) -> str:
    share = f"{at.permille / 10:g}"
    return _("Stops at more than {share}% of the last {window}").format(share=share, window=f"{at.window:,}")


def says(halt: CircuitBreak) -> str:
    """A halt in one sentence."""
    at = line(Rule(halt.rule), halt.programme.policy)
    found = {"bad": f"{halt.bad:,}", "of": f"{halt.of:,}", "share": f"{at.permille / 10:g}"}
    match Rule(halt.rule):
        case Rule.BOUNCES:
            said = _("{bad} of the last {of} mails came back; the line is {share}%.")
        case Rule.COMPLAINTS:
            said = _("{bad} of the last {of} mails were reported as unwanted; the line is {share}%.")
        case _:
            said = _("{bad} of the last {of} calls failed for good; the line is {share}%.")
    return said.format(**found)
