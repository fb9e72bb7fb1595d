"""What the tables of the admin have in common: nothing is written past a service, and nothing is deleted."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin, ShowFacets
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME, ActionForm
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from chassis.problems import InvalidRequest, Problem
from chassis.serializers import Strict


class OnlyChosen(ActionForm):
    """An action is for the rows that were ticked, and never for those of all pages at once."""

    def clean_select_across(self) -> bool:
        return False


class Table(ModelAdmin):
    """Rows to look at, and to find by what `lookups` names and nothing else: not by guesses at a digest."""

    lookups: ClassVar[tuple[str, ...]] = ()
    action_form = OnlyChosen
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_per_page = 25

    def has_module_permission(self, request: Any) -> bool:
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: Any) -> bool:
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        return lookup in self.lookups

    def called(self, row: Any) -> str:
        """What a message calls a row."""
        return str(row)

    def give_each(self, request: HttpRequest, rows: Iterable[Any], act: Callable[[Any], Any], done: str) -> None:
        """Let a service do something with every row, in a transaction of its own each; say what came of it."""
        succeeded = []
        for row in rows:
            try:
                act(row)
            except Problem as problem:
                messages.error(request, f"{reasons(problem)}: {self.called(row)}")
            else:
                succeeded.append(self.called(row))
        if succeeded:
            messages.success(request, f"{done}: {', '.join(succeeded)}")

    def response_action(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        """Django takes whatever was posted for ids, and fails."""
        try:
            for posted in request.POST.getlist(ACTION_CHECKBOX_NAME):
                self.opts.pk.to_python(posted)
        except ValidationError as exc:
            raise InvalidRequest("It is not the id of a row") from exc
        return super().response_action(request, *args, **options)

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        """What a service refuses is said on the page, and nothing is changed: Django's transaction is undone."""
        try:
            return super().changeform_view(request, *args, **options)
        except Problem as problem:
            messages.error(request, reasons(problem))
            return HttpResponseRedirect(request.get_full_path(), status=303)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What was done to it is in the audit trail."""
        subject = str(self.get_object(request, unquote(object_id)))
        return HttpResponseRedirect(f"{reverse('admin:users_auditevent_changelist')}?{urlencode({'q': subject})}")

    def save_model(self, request: Any, obj: Any, form: Any, change: Any) -> None:
        raise NotImplementedError("Only services write")

    def save_related(self, *_: Any) -> None:
        """A service has done it."""

    def log_addition(self, *_: Any) -> None:  # type: ignore[override]
        """A service has recorded it."""

    def log_change(self, *_: Any) -> None:  # type: ignore[override]
        """A service has recorded it."""


class ServiceForm(forms.ModelForm):
    """Takes what the API takes: `body` is what it reads, checked by its rules. The row stays as it is."""

    reads: ClassVar[type[Strict]]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return given
        names = [str(name) for name in self.reads().fields]
        body = self.reads(data={name: given[name] for name in names if given[name] not in ("", None)})
        if body.is_valid():
            self.body = body.validated_data
        for name, refusals in body.errors.items():
            self.add_error(name if name in self.fields else None, [*_texts(refusals)])
        return given

    def _post_clean(self) -> None:
        """Django would write the form into the row here."""


def reasons(problem: Problem) -> str:
    """What stands in the way, for people. Raises what is no decision: that something does not serve now."""
    if problem.status >= 500:
        raise problem
    more = [error["message"] for error in problem.members.get("errors", [])]
    return ". ".join(dict.fromkeys([problem.title, str(problem.detail), *more]))


def _texts(refusals: Any) -> Iterator[str]:
    """DRF nests what it says of the members of a list."""
    if isinstance(refusals, str):
        yield str(refusals)
        return
    for inner in refusals.values() if isinstance(refusals, dict) else refusals:
        yield from _texts(inner)
