"""XML of strangers: read, or refused with the reason; never expanded."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.errors import ToolError
from gate.testing import xmlfile

BOMB = '<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>'
COBERTURA = "<!DOCTYPE coverage SYSTEM 'http://cobertura.sourceforge.net/x.dtd'>"


def parsed(tmp_path: Path, data: bytes) -> str:
    (tmp_path / "x.xml").write_bytes(data)
    return xmlfile.read(tmp_path / "x.xml", "`x.xml`").tag


@pytest.mark.parametrize(
    "text",
    ["<a/>", '<?xml version="1.0"?><a b="1">x<c/></a>', f"{COBERTURA}<a>&unknown;</a>"],
)
def test_what_is_well_formed_is_read(tmp_path: Path, text: str) -> None:
    assert parsed(tmp_path, text.encode()) == "a"
    assert parsed(tmp_path, text.encode("utf-16")) == "a"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (BOMB.encode(), "holds a document type: refused"),
        (BOMB.encode("utf-16"), "holds a document type: refused"),
        (b"<!DOCTYPE a [<!ENTITY % x SYSTEM 'file:///etc/passwd'>%x;]><a/>", "refused"),
        (b"<a>" * 200 + b"</a>" * 200, "more than 100 elements in one another"),
        (b"<a>&nbsp;</a>", "cannot be read: undefined entity"),
        (b"", "cannot be read: no element found"),
        (b"<a>", "cannot be read"),
        (b"<a/><b/>", "cannot be read"),
        (b"\0\0\0", "cannot be read"),
        (b'<?xml version="1.0" encoding="nothing"?><a/>', "cannot be read"),
        (b'<?xml version="1.0" encoding="utf-7"?><a/>', "cannot be read"),
        ("<a>\ud800</a>".encode("utf-8", "surrogatepass"), "cannot be read"),
    ],
)
def test_what_is_not_is_refused(tmp_path: Path, data: bytes, why: str) -> None:
    with pytest.raises(ToolError, match="`x.xml`") as caught:
        parsed(tmp_path, data)
    assert why in caught.value.message


def test_what_is_too_large_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "x.xml").open("wb") as file:
        file.truncate(xmlfile.MAX_BYTES + 1)
    with pytest.raises(ToolError, match="is larger than"):
        xmlfile.read(tmp_path / "x.xml", "`x.xml`")


@given(data=st.binary(max_size=60), text=st.text("<a/>&; x!DOCTYPE[]'\"?", max_size=60))
def test_any_bytes_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, text: str
) -> None:
    folder = tmp_path_factory.getbasetemp()
    for content in (data, text.encode(), text.encode("utf-16")):
        try:
            parsed(folder, content)
        except ToolError as error:
            assert "`x.xml`" in error.message
