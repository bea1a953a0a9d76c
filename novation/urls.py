"""Three places: the customer's pages at the root, the console, and the sign-in."""

from django.conf import settings
from django.urls import include, path
from django.views.generic import RedirectView

#: Reports of the mail service come only when their name and password are set.
hooks = [path("mail/hooks/", include("anymail.urls"))] if settings.NOVATION_MAIL_HOOK else []

urlpatterns = [
    *hooks,
    path("accounts/", include("allauth.urls")),
    path("console/", include("novation.console.urls")),
    path("console", RedirectView.as_view(url="/console/")),
    path("", include("novation.consent.urls")),
]
