"""Three places: the customer's pages at the root, the console, and the sign-in."""

from typing import Any

from django.conf import settings
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from novation.moves.models import Programme
from novation.webhooks.views import receive


class Front(RedirectView):
    """`/`: what is written to customers, as soon as there is a programme; before, the console tells how to begin."""

    def get_redirect_url(self, *args: Any, **kwargs: Any) -> str:
        """Without the query: nothing at the root takes one."""
        return "/campaign/" if Programme.objects.exists() else "/console/"


#: Reports of the mail service come only when their name and password are set.
hooks = [path("mail/hooks/", include("anymail.urls"))] if settings.NOVATION_MAIL_WEBHOOK_SECRET else []

urlpatterns = [
    path("", Front.as_view()),
    *hooks,
    re_path(r"^hooks/partner-center/(?P<account>source|target)/$", receive, name="partner-center-hook"),
    path("accounts/", include("allauth.urls")),
    path("console/", include("novation.console.urls")),
    path("console", RedirectView.as_view(url="/console/")),
    path("", include("novation.consent.urls")),
]
