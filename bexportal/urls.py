"""Where everything is. Each application has its own routes."""

from django.contrib.auth import views as auth
from django.urls import include, path

from accounts import passwords
from accounts.admin.site import site as admin_site
from bexportal import views

handler400 = "bexportal.views.bad_request"
handler403 = "bexportal.views.forbidden"
handler404 = "bexportal.views.not_found"
handler500 = "bexportal.views.server_error"

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
    path("csp-report", views.csp_report, name="csp-report"),
    path("status/", views.status_page, name="status"),
    path("help/", views.help_page, name="help"),
    path("sign-in/", auth.LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("sign-out/", auth.LogoutView.as_view(), name="logout"),
    path("password/", auth.PasswordChangeView.as_view(), name="password_change"),
    path("password/done/", auth.PasswordChangeDoneView.as_view(), name="password_change_done"),
    path("password/reset/", passwords.AskForLink.as_view(), name="password_reset"),
    path("password/reset/sent/", auth.PasswordResetDoneView.as_view(), name="password_reset_done"),
    path("password/reset/set/", auth.PasswordResetCompleteView.as_view(), name="password_reset_complete"),
    path("password/reset/<uidb64>/<token>/", passwords.SetByLink.as_view(), name="password_reset_confirm"),
    path("admin/", admin_site.urls),
    path("api/v1/", include("bexportal.api")),
    path("", include("accounts.urls")),
    path("", include("shipments.urls")),
    path("", include("tracking.urls")),
]
