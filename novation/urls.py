"""Three places: the customer's pages at the root, the console, and the sign-in."""

from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("console/", include("novation.console.urls")),
    path("console", RedirectView.as_view(url="/console/")),
    path("", include("novation.consent.urls")),
]
