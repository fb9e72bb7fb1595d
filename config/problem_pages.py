"""The pages about problems, from docs/problems: a title, then paragraphs with `code` in them."""

import re
from functools import lru_cache
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from chassis.renderers import BrowsablePages
from config.environment import BASE

PROBLEM_PAGES = BASE / "docs" / "problems"
_CODE = re.compile(r"`([^`]+)`")


@lru_cache
def written_problems() -> dict[str, dict[str, str]]:
    """Title and text by the last part of a problem's `type`, in the order of their names."""
    texts = {file.stem: file.read_text().partition("\n") for file in sorted(PROBLEM_PAGES.glob("*.md"))}
    return {page: {"title": title.lstrip("# "), "text": text.strip()} for page, (title, _, text) in texts.items()}


def paragraphs(text: str) -> list[SafeString]:
    """Each as HTML."""
    return [mark_safe(_CODE.sub(r"<code>\1</code>", escape(one))) for one in text.split("\n\n")]  # noqa: S308  escaped


class ListOfProblems(BrowsablePages):
    """Every problem by its title."""

    template = "config/problems.html"

    def get_context(self, data: Any, accepted_media_type: str | None, renderer_context: Any) -> dict[str, Any]:
        context = super().get_context(data, accepted_media_type, renderer_context)
        return {**context, "pages": [(page, written["title"]) for page, written in written_problems().items()]}


class PageOfProblem(BrowsablePages):
    """What it means, to be read. A page that is not there looks like any other."""

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> Any:
        if "text" in data:
            self.template = "config/problem.html"
        return super().render(data, accepted_media_type, renderer_context)

    def get_context(self, data: Any, accepted_media_type: str | None, renderer_context: Any) -> dict[str, Any]:
        context = super().get_context(data, accepted_media_type, renderer_context)
        return {**context, "paragraphs": paragraphs(data.get("text", ""))}
