"""A page as a strict reader sees it: which elements it has, what they load, and its words."""

import re
from html.parser import HTMLParser

# No script, no frame, no form, no image, no link to a file: nothing that could act or load.
ELEMENTS = (
    "html head meta title style body main nav section article header footer h1 h2 h3 p a strong span bdi "
    "code dl dt dd div ul ol li table caption thead tbody tr th td svg path rect text circle figure "
    "details summary"
)
ATTRIBUTES = (
    "lang charset name content http-equiv class id href scope aria-label aria-hidden role width height "
    "viewbox d rx preserveaspectratio open x y cx cy r text-anchor data-label value"
)


class Page(HTMLParser):
    """The elements, attributes and words of a page."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    def problems(self) -> list[str]:
        """What a page that acts on nothing and loads nothing may not have."""
        found = [f"<{element}>" for element in self.elements - set(ELEMENTS.split())]
        found += [f"{name}={value}" for name, value in self.attributes if name not in ATTRIBUTES.split()]
        links = [value for name, value in self.attributes if name == "href"]
        # A page of the same run beside it is no more than what is here already.
        found += [
            link for link in links if not re.fullmatch(r"#[a-z]+|\.\./(?:morning|board)/[\w-]+\.html", link)
        ]
        return found + [f"<{tag}> is never closed" for tag in self.open]
