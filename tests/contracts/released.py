"""The API as it was last released: what everybody may build on, for as long as the version lives."""

from pathlib import Path

from tests.contracts.breaks import breaking_changes
from tests.contracts.documents import API, Node, read_documents, title, write_document

RELEASED = API / "released"


def broken_promises(released: dict[str, Node], present: dict[str, Node]) -> list[str]:
    """What breaks the clients of a released version; one that was not released yet has promised nothing."""
    return [
        f"{title(name)}: {change}"
        for name, document in released.items()
        for change in (breaking_changes(document, present[name]) if name in present else ["is gone"])
    ]


def release(present: dict[str, Node], folder: Path = RELEASED, *, even_if_it_breaks: bool = False) -> list[str]:
    """Take these documents as released. What breaks clients is returned, and then nothing is taken."""
    released = read_documents(folder)
    broken = [] if even_if_it_breaks else broken_promises(released, present)
    if not broken:
        folder.mkdir(exist_ok=True)
        for name in released.keys() - present.keys():
            (folder / f"{name}.json").unlink()
        for name, document in present.items():
            write_document(folder / f"{name}.json", document)
    return broken
