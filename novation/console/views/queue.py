"""The queue: open tasks by kind, and the way to the next one."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from novation import clock
from novation.console import labels
from novation.console.pages import page, show
from novation.domain.steps import TaskKind
from novation.moves.selectors import home, queue
from novation.operations import leases

PER = 50


@page
def index(request: HttpRequest) -> HttpResponse:
    """Open tasks, the oldest first; `kind` and `show` (free, mine, approval) in the address."""
    programme = home.programme()
    if programme is None:
        return show(request, "console/begin.html", {})
    now = clock.now()
    name = request.GET.get("kind", "")
    kind = TaskKind(name) if name in set(TaskKind) else None
    which = request.GET.get("show", "")
    which = which if which in queue.SHOW else ""
    numbers = queue.counts(programme, request.user, now)
    tasks = queue.open_tasks(programme, request.user, now, kind=kind, show=which)
    sheet = Paginator(tasks, PER).get_page(request.GET.get("page"))
    waves = queue.waves_of(sheet)
    return show(
        request,
        "console/queue.html",
        {
            "programme": programme,
            "now": now,
            "sheet": sheet,
            "papers": queue.papers_to_judge(programme, request.user)
            if kind is None and which in ("", "approval")
            else [],
            "rows": [
                {
                    "task": task,
                    "wave": waves.get(task.move_id),
                    "word": labels.TASKS.get(TaskKind(task.kind), task.kind),
                    "leased": task.holder_id is not None and leases.is_leased(task, now),
                    "mine": task.holder_id == request.user.pk,
                    "wants_approval": task.kind == TaskKind.ACCEPT and task.approved == 0,
                }
                for task in sheet
            ],
            "kind": kind,
            "which": which,
            "all": numbers[""],
            "kinds": [(each, labels.TASKS[each], numbers[str(each)]) for each in TaskKind],
            "whose": [
                ("free", _("Free"), numbers["free"]),
                ("mine", _("Mine"), numbers["mine"]),
                ("approval", _("Second approval wanted"), numbers["approval"]),
            ],
        },
    )


@page
def following(request: HttpRequest) -> HttpResponse:
    """Goes to the next task: the one that the person holds, else the oldest free one."""
    programme = home.programme()
    task = queue.next_task(programme, request.user, clock.now()) if programme is not None else None
    if task is None:
        messages.info(request, _("No task is free. New ones appear in the queue by themselves."))
        return redirect("console:tasks")
    return redirect("console:task", task.pk)
