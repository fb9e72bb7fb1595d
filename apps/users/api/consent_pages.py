"""Where people allow programs to ask for them: one page, without JavaScript, signed in by the cookie of `/session`."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import get_object_or_404, render
from django.utils.decorators import method_decorator
from django.utils.encoding import iri_to_uri
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect

from apps.users.api.oauth import asked_by
from apps.users.api.pages import count, forget, visitor_of
from apps.users.models import User
from apps.users.models.scopes import SCOPES, grantable
from apps.users.services.oauth.consents import SentBack, Unanswerable, Wanted, grant, read
from chassis import context
from chassis.callers import Caller
from chassis.pages import POLICY


@method_decorator([csrf_protect, never_cache], name="dispatch")
class ConsentPage(View):
    """`GET /oauth/authorize?client_id=…` asks, `POST` to the same address decides; nobody decides but in person."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return _answered(request, self._ask)

    def post(self, request: HttpRequest) -> HttpResponse:
        return _answered(request, self._decide)

    def _ask(self, request: HttpRequest, wanted: Wanted, visitor: Caller) -> HttpResponse:
        if "none" in wanted.prompt:
            return _go(wanted.refusal("consent_required" if visitor.is_authenticated else "login_required"))
        if "login" in wanted.prompt:
            return forget(_sign_in_first(request))
        if not visitor.is_authenticated:
            return _sign_in_first(request)
        scopes = grantable(get_object_or_404(User, pk=visitor.id), wanted.scopes)
        if not scopes:
            return _go(wanted.refusal("invalid_scope"))
        told = [SCOPES[name] for name in scopes]
        return _page(request, visitor, allows=_target(wanted), host=_host(wanted), client=wanted.client, scopes=told)

    def _decide(self, request: HttpRequest, wanted: Wanted, visitor: Caller) -> HttpResponse:
        if not visitor.is_authenticated:
            return _sign_in_first(request)
        if request.POST.get("decision") != "allow":
            return _go(wanted.refusal("access_denied"))
        rotate_token(request)
        return _go(grant(asked=asked_by(request), wanted=wanted, visitor=visitor))


def _answered(request: HttpRequest, answer: Callable[[HttpRequest, Wanted, Caller], HttpResponse]) -> HttpResponse:
    visitor = visitor_of(request)
    context.identify(visitor.id)
    count(request, visitor)
    try:
        return answer(request, read(asked_by(request)), visitor)
    except SentBack as refusal:
        return _go(refusal.location)
    except Unanswerable as refusal:
        return _page(request, visitor, status=400, refusal=str(refusal))


def _sign_in_first(request: HttpRequest) -> HttpResponse:
    """And come back, without being asked to sign in once more."""
    prompt = " ".join(word for word in request.GET.get("prompt", "").split() if word != "login")
    query = {**request.GET.dict(), "prompt": prompt}
    return _go(f"/session?{urlencode({'next': f'{request.path}?{urlencode(query)}'})}")


def _go(location: str) -> HttpResponse:
    """303: what was sent to us is for nobody else (RFC 9700, section 4.12). The scheme may be an app's own."""
    return HttpResponse(status=303, headers={"Location": iri_to_uri(location)})


def _page(
    request: HttpRequest, visitor: Caller, *, status: int = 200, allows: str = "", **shown: object
) -> HttpResponse:
    response = render(request, "users/authorize.html", {"user": visitor, **shown}, status=status)
    # Browsers also ask the policy of a form where its answer may lead.
    response["Content-Security-Policy"] = POLICY.replace("form-action 'self'", f"form-action 'self' {allows}".rstrip())
    return response


def _target(wanted: Wanted) -> str:
    parts = urlsplit(wanted.redirect_uri)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"


def _host(wanted: Wanted) -> str:
    parts = urlsplit(wanted.redirect_uri)
    return parts.netloc or parts.scheme
