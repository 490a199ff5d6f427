"""The booking form of a page, as a browser would send it back."""

from html.parser import HTMLParser


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self._area = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = told.get("action", "").endswith("/book/")
        if not self._inside or not told.get("name"):
            return
        if tag == "input" and told.get("type") not in {"checkbox", "submit"}:
            self.fields[told["name"]] = told.get("value", "")
        elif tag == "textarea":
            self._area = told["name"]
            self.fields[self._area] = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""


def fields_of(page: str) -> dict[str, str]:
    form = _Form()
    form.feed(page)
    return form.fields
