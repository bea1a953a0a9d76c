"""The customer's pages. They hang at the root: these addresses stand in mails.

    GET  /r/<token>               the personal link: sets a cookie, goes on to /my/ (303)
    GET  /my/                     what this is about, and how to check that it is real
    GET  /my/decide/              the five decisions
    POST /my/decide/              decision = mandate | self | declined | question | delegated
                                  reason (declined), question, colleague_name, colleague_email
                                  -> 303 /my/check/<draft>/
    GET  /my/check/<draft>/       check your answers; holds a hidden field `page`, the number of this very page
    POST /my/check/<draft>/code/  sends a one-time code to the address on file -> 303 back to the check
    POST /my/check/<draft>/       page, name, function, phone, authority (tick), code -> 303 /my/receipt/
    GET  /my/signin/              back from Microsoft: code, state; shows a button
    POST /my/signin/              code, state -> 303 back to the check, now proven by sign-in (A2)
    GET  /my/receipt/             what was recorded
    GET  /my/receipt.pdf          the same as PDF
    GET  /my/download/            everything that is kept, as one evidence file; asks for a code
    POST /my/download/            code -> the file; `code/` below it sends one
    GET  /my/agreement/           Microsoft's agreement, on Microsoft's component
    POST /my/agreement/fresh/     a new link -> 303 back
    POST /my/agreement/           "I have done it": we look at Microsoft's side now -> 303 /my/status/
    GET  /my/self/                the three checkpoints of those who do it themselves
    POST /my/self/                "look again" -> 303 /my/self/
    GET  /my/admin/               an administrator account of the customer's own, and what became of the wish
    POST /my/admin/               person, email -> 303 /my/check/<draft>/
    POST /my/admin/password/      code, as read out by telephone -> the first password, once
    POST /my/admin/again/         a new first password, when the old one ran out -> 303 /my/admin/
    GET  /my/status/              what is done and what waits
    GET  /my/ask/                 a question at any time; its form goes to /my/decide/ as decision = question
    GET  /my/withdraw/            take the decision back
    POST /my/withdraw/            -> 303 /my/check/<draft>/
    GET  /u/<token>               no more reminders: asks; changes nothing
    POST /u/<token>               stops the reminders (RFC 8058: no cookie and no CSRF token needed)
    GET  /campaign/               what we write to customers about, and how to check it; open to everybody
    POST /campaign/               text, reference, reply_to: a report of a fake -> 303 back
    GET  /.well-known/security.txt
    GET  /verify/                 check an evidence file; open to everybody
    POST /verify/                 bundle (file), witness (file, may be left out) -> the report; nothing is kept
    GET  /verify/verify.py        the program that lies in every bundle
    GET  /verify/pins.txt         the keys and certificates that we publish, for its option --pins

`?lang=en|de|fr|es|cs` on any of them changes the language and is kept in a cookie. Each form carries Django's
`csrfmiddlewaretoken`. A form that cannot be used comes back with status 422 and says why; everything typed
stays. Without a valid link each address answers with the same page and status 404.
"""

from django.urls import path

from novation.consent.views import (
    administrator,
    agreement,
    arrival,
    campaign,
    check,
    decide,
    exports,
    reminders,
    self_service,
    signin,
    start,
    status,
    verification,
)

app_name = "consent"

urlpatterns = [
    path("r/<path:token>", arrival.arrive, name="arrive"),
    path("u/<str:token>", reminders.stop, name="stop"),
    path("campaign/", campaign.campaign, name="campaign"),
    path(".well-known/security.txt", campaign.security, name="security"),
    path("verify/", verification.judge, name="verify"),
    path("verify/verify.py", verification.program, name="verify_program"),
    path("verify/pins.txt", verification.pins, name="verify_pins"),
    path("my/", start.start, name="start"),
    path("my/decide/", decide.decide, name="decide"),
    path("my/ask/", decide.ask, name="ask"),
    path("my/withdraw/", decide.withdraw, name="withdraw"),
    path("my/check/<uuid:draft_id>/", check.check, name="check"),
    path("my/check/<uuid:draft_id>/code/", check.code, name="code"),
    path("my/signin/", signin.signin, name="signin"),
    path("my/receipt/", status.receipt, name="receipt"),
    path("my/receipt.pdf", exports.receipt, name="receipt_pdf"),
    path("my/download/", exports.everything, name="download"),
    path("my/download/code/", exports.code, name="download_code"),
    path("my/admin/", administrator.account, name="admin"),
    path("my/admin/password/", administrator.password, name="admin_password"),
    path("my/admin/again/", administrator.again, name="admin_again"),
    path("my/status/", status.status, name="status"),
    path("my/agreement/", agreement.agreement, name="agreement"),
    path("my/agreement/fresh/", agreement.fresh, name="agreement_fresh"),
    path("my/self/", self_service.checkpoints, name="self"),
]
