"""How answers are written for people: as a page that they can click through."""

import uuid
from typing import Any

from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.utils.breadcrumbs import get_breadcrumbs

WRITES = ("POST", "PUT", "PATCH", "DELETE")


class BrowsablePages(BrowsableAPIRenderer):
    """DRF's browsable API in our own style: the answer, what may be done, and a form for each of it.

    Bodies are written as JSON, because what is sent differs from what is shown.
    """

    template = "chassis/browsable.html"

    def get_context(self, data: Any, accepted_media_type: str | None, renderer_context: Any) -> dict[str, Any]:
        view, request, response = (renderer_context[name] for name in ("view", "request", "response"))
        renderer: Any = self.get_default_renderer(view)
        content = self.get_content(renderer, data, accepted_media_type or "", renderer_context)
        return {
            "content": content,
            "name": view.get_view_name(),
            "description": view.get_view_description(html=True),
            "breadcrumbs": get_breadcrumbs(request.path, request),
            "writes": [method for method in WRITES if method in view.allowed_methods],
            "key": uuid.uuid4().hex,
            "if_match": f'"{response.version}"' if getattr(response, "version", None) else "",
            "headers": dict(response.items()),
            "request": request,
            "response": response,
            "user": request.user,
        }
