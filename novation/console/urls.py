"""Addresses of the console. Every page needs a sign-in; every act is a POST with a CSRF token and ends in a 303.

An act that is refused answers 409 (not possible now) or 422 (a field is missing or wrong) with the page, the
reason and what was typed. A role that may not do it gets 403.

Sign-in (django-allauth): `POST /accounts/login/` with `login` (e-mail) and `password`.

| address (under `/console/`) | fields |
|---|---|
| `GET` (empty), `findings/`, `evidence/` | pages |
| `GET customers/`, `customers/<reference>/` | the list, with its filters in the address, and one customer |
| `GET waves/`, `waves/<id>/`, `tasks/`, `tasks/<id>/` | pages |
| `GET readiness/?wave=&finding=&level=` | what the readiness check found; `POST readiness/csv`, `…/pdf` for files |
| `GET way/` | the documented ways, judged; `?forecast=1` forecasts the programme |
| `GET tasks/?kind=accept&show=free` | open tasks of one kind, each with a link `/console/tasks/<id>/` |
| `GET tasks/?show=` `free`, `mine` or `approval` | tasks that nobody holds, that I hold, that I may approve |
| `GET tasks/next/` | 302 to the task that the person holds, else to the oldest free one |
| `POST tasks/<id>/take`, `…/extend` | none |
| `POST tasks/<id>/release` | `reason` |
| `POST tasks/<id>/tenant` | `typed`: the customer's first domain |
| `POST tasks/<id>/approve` | none; by a second person with the right to approve |
| `POST tasks/<id>/end` | `outcome`, `note`; for `found` also `contact_name`, `contact_email`, `contact_phone` |
| `POST tasks/<id>/answer` | `text` |
| `POST tasks/<id>/admin` | `username`, `password`, `forced_change`: an admin account was made for the customer |
| `POST waves/<id>/launch` | `customers`: their number; `release_at`: not before, like `2026-12-01T09:00` |
| `POST waves/<id>/launch` | `plan`: checksum of the plan that was shown; when given it must be the present one |
| `POST waves/<id>/approve` | `recipients`: SHA-256 of the list that was seen; by a second person |
| `POST waves/<id>/pause`, `…/resume` | `note` for a wave that stopped itself: what was found and done |
| `GET texts/`, `texts/<purpose>/<language>/`, `…/preview` | pages; `reference`: whose facts are shown |
| `POST texts/<purpose>/<language>/save` | `source` |
| `POST texts/<purpose>/<language>/publish`, `…/withdraw` | none; with the right to approve |
| `POST texts/language` | `language` |
| `GET mail/` | the mail set-up, test mails, and mail that nobody could place |
| `POST mail/letter`, `GET mail/letters/<id>`, `POST mail/posted/<id>` | `reference`, `name`, `address` |
| `POST mail/check`, `mail/test`, `mail/seen/<id>`, `mail/handled/<id>` | `language` of a test mail |
| `GET mail/unreadable/<id>` | a mail that could not be read, byte for byte, as a download |
| `POST programme/pause`, `…/resume` | `note`, as above |
| `POST moves/<reference>/pause`, `…/resume` | `reason` |
| `POST moves/<reference>/answer` | `text` |
| `POST moves/<reference>/people/<id>/close`, `…/send` | none: the person's link is closed, or mailed again |
| `POST moves/<reference>/people/<id>/code` | `spoke_with`; answers once with six digits to be read out |
| `POST moves/<reference>/papers` | `file`, `kind`, `name`, `function`, `email`, `dated`, `language` |
| `POST moves/<reference>/papers` | `authority`: `yes` when the paper says so; `wording` and `note` |
| `GET moves/<reference>/papers/<id>/file` | the signed paper, as a download |
| `POST moves/<reference>/papers/<id>/approve` | `looked`: SHA-256 of the file; by a second person |
| `POST moves/<reference>/papers/<id>/refuse` | `reason`; by a second person |
| `POST moves/<reference>/agreement/renew` | none: a fresh link to Microsoft's agreement |
| `POST moves/<reference>/bundle` | none; answers with the evidence as a ZIP |
| `GET evidence/entries/<number>/` | the proof of one entry; `?file=1` as a file |
| `POST evidence/bundles` | `move`: references, repeated, or `all`, or `takeout`: an id; answers with a ZIP of bundles |
| `POST evidence/takeouts` | as `customers/pause`; the act is called export of evidence |
| `GET evidence/takeouts/<id>/` | the page with its button and its bar |
| `GET evidence/retention/` | whose people are due to be erased, and what was erased |
| `POST evidence/erase` | as `customers/pause`; `all`: everybody who is due |
| `POST evidence/verify` | `bundle`: a file; answers with every check |
| `POST moves/<reference>/signatory` | `contact_name`, `contact_email`, `contact_phone` |
| `POST moves/<reference>/access` | none |
| `POST moves/<reference>/back` | `reason` |
| `POST moves/<reference>/terms` | `end-<item>`: renew, cancel, extend, buy-new or empty; `wish`, `sure` |
| `POST findings/strangers/<pk>` | `verdict`, `reference`, `note` |
| `POST customers/pause?<filters>`, `…/resume`, `…/wave` | `move`: references, repeated, or `all` |
| `POST customers/agreements?<filters>` | the same; each leads to a page that asks; `all`: whom the filters leave |
| `GET bulk/<id>/` | an act on many customers: the page that asks, later the results |
| `POST bulk/<id>/confirm` | `digest` of that page, `reason`; `typed`: the number of customers, if asked for |
| `POST bulk/<id>/option`, `…/go-on` | `option`: which pause is to end; none: the next customers of a confirmed act |
| `POST customers/export?<filters>` | none; answers with CSV |
| `POST customers/view` | `col`, repeated, and `density`: kept in a cookie |
"""

from django.urls import path

from novation.console.views import (
    agreements,
    bulk,
    customer,
    customer_export,
    customers,
    evidence,
    exports,
    findings,
    home,
    links,
    mail,
    operator_actions,
    programme,
    queue,
    readiness,
    retention,
    signed_documents,
    task,
    texts,
    transfer_options,
    waves,
)

app_name = "console"

urlpatterns = [
    path("", home.index, name="home"),
    path("customers/", customers.index, name="customers"),
    path("customers/view", customers.keep, name="keep"),
    path("customers/wave", bulk.begin("wave"), name="wave_new"),
    path("customers/pause", bulk.begin("pause"), name="pause_many"),
    path("customers/resume", bulk.begin("resume"), name="resume_many"),
    path("customers/agreements", bulk.begin("agreement"), name="agreement_many"),
    path("customers/export", customer_export.export, name="export"),
    path("bulk/<uuid:pk>/", bulk.detail, name="bulk"),
    path("bulk/<uuid:pk>/option", bulk.option, name="bulk_option"),
    path("bulk/<uuid:pk>/confirm", bulk.confirm, name="bulk_confirm"),
    path("bulk/<uuid:pk>/go-on", bulk.go_on, name="bulk_go_on"),
    path("customers/<slug:reference>/", customer.detail, name="customer"),
    path("moves/<slug:reference>/pause", customer.pause, name="pause"),
    path("moves/<slug:reference>/resume", customer.resume, name="resume"),
    path("moves/<slug:reference>/answer", customer.answer, name="customer_answer"),
    path("moves/<slug:reference>/people/<int:contact_id>/close", links.close, name="link_close"),
    path("moves/<slug:reference>/people/<int:contact_id>/send", links.send, name="link_send"),
    path("moves/<slug:reference>/people/<int:contact_id>/code", links.read_out, name="link_code"),
    path("moves/<slug:reference>/papers", signed_documents.upload, name="paper_upload"),
    path(
        "moves/<slug:reference>/papers/<int:paper_id>/approve", signed_documents.approve, name="paper_approve"
    ),
    path("moves/<slug:reference>/papers/<int:paper_id>/refuse", signed_documents.refuse, name="paper_refuse"),
    path("moves/<slug:reference>/papers/<int:paper_id>/file", signed_documents.file, name="paper_file"),
    path("moves/<slug:reference>/signatory", operator_actions.signatory, name="signatory"),
    path("moves/<slug:reference>/access", operator_actions.ask_access, name="ask_access"),
    path("moves/<slug:reference>/back", operator_actions.turn_back, name="turn_back"),
    path("moves/<slug:reference>/terms", operator_actions.choose, name="choose"),
    path("moves/<slug:reference>/agreement/renew", agreements.renew, name="agreement_renew"),
    path("moves/<slug:reference>/bundle", evidence.bundle, name="bundle"),
    path("tasks/", queue.index, name="tasks"),
    path("tasks/next/", queue.following, name="next"),
    path("tasks/<int:pk>/", task.detail, name="task"),
    path("tasks/<int:pk>/take", task.take, name="task_take"),
    path("tasks/<int:pk>/release", task.release, name="task_release"),
    path("tasks/<int:pk>/extend", task.extend, name="task_extend"),
    path("tasks/<int:pk>/tenant", task.tenant, name="task_tenant"),
    path("tasks/<int:pk>/approve", task.approve, name="task_approve"),
    path("tasks/<int:pk>/end", task.end, name="task_end"),
    path("tasks/<int:pk>/answer", task.answer, name="task_answer"),
    path("tasks/<int:pk>/admin", task.admin, name="task_admin"),
    path("waves/", waves.index, name="waves"),
    path("waves/<int:pk>/", waves.detail, name="wave"),
    path("waves/<int:pk>/launch", waves.launch, name="wave_launch"),
    path("waves/<int:pk>/pause", waves.pause, name="wave_pause"),
    path("waves/<int:pk>/resume", waves.resume, name="wave_resume"),
    path("waves/<int:pk>/approve", waves.approve, name="wave_approve"),
    path("programme/pause", programme.pause, name="programme_pause"),
    path("programme/resume", programme.resume, name="programme_resume"),
    path("texts/", texts.index, name="texts"),
    path("texts/language", texts.add_language, name="text_language"),
    path("texts/<slug:purpose>/<slug:language>/", texts.detail, name="text"),
    path("texts/<slug:purpose>/<slug:language>/preview", texts.preview, name="text_preview"),
    path("texts/<slug:purpose>/<slug:language>/save", texts.save, name="text_save"),
    path("texts/<slug:purpose>/<slug:language>/publish", texts.publish, name="text_publish"),
    path("texts/<slug:purpose>/<slug:language>/withdraw", texts.withdraw, name="text_withdraw"),
    path("mail/", mail.index, name="mail"),
    path("mail/check", mail.check, name="mail_check"),
    path("mail/test", mail.test, name="mail_test"),
    path("mail/seen/<int:pk>", mail.seen, name="mail_seen"),
    path("mail/letter", mail.letter, name="mail_letter"),
    path("mail/letters/<int:pk>", mail.letter_pdf, name="mail_letter_pdf"),
    path("mail/posted/<int:pk>", mail.letter_posted, name="mail_posted"),
    path("mail/handled/<int:pk>", mail.handled, name="mail_handled"),
    path("mail/unreadable/<int:pk>", mail.unreadable, name="mail_unreadable"),
    path("findings/", findings.index, name="findings"),
    path("readiness/", readiness.index, name="readiness"),
    path("way/", transfer_options.index, name="way"),
    path("readiness/csv", readiness.as_csv, name="readiness_csv"),
    path("readiness/pdf", readiness.as_pdf, name="readiness_pdf"),
    path("findings/strangers/<int:pk>", findings.judge, name="judge"),
    path("evidence/", evidence.index, name="evidence"),
    path("evidence/entries/<int:seq>/", exports.proof, name="proof"),
    path("evidence/bundles", exports.many, name="bundles"),
    path("evidence/takeouts", bulk.begin("evidence"), name="takeout_new"),
    path("evidence/takeouts/<uuid:pk>/", exports.progress, name="takeout"),
    path("evidence/verify", evidence.verify, name="verify"),
    path("evidence/retention/", retention.index, name="retention"),
    path("evidence/erase", bulk.begin("erase"), name="erase"),
    path("evidence/documents/<str:sha256>", evidence.document, name="document"),
]
