"""Compressed evidence is read from inside; what is locked, damaged, packed strangely or a bomb is one sentence."""

import io
import zipfile

import pyarrow as pa
import pytest

from affected.evidence import compressed
from affected.evidence.compressed import open_bytes
from affected.evidence.spreadsheet import is_spreadsheet
from packs import BadInput


def archive(*names: str) -> bytearray:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            file.writestr(name, "phone\n13800000001\n" * 50)
    return bytearray(out.getvalue())


def with_field(content: bytearray, *, local: int, central: int, value: bytes) -> bytes:
    """The archive with a field of both headers of its member changed."""
    beside = content.index(b"PK\x01\x02")
    content[local : local + len(value)] = value
    content[beside + central : beside + central + len(value)] = value
    return bytes(content)


def read(path) -> bytes:
    with open_bytes(path) as file:
        return file.read()


def test_zstandard_is_read_from_inside(tmp_path):
    (tmp_path / "a.csv").write_bytes(pa.compress(b"one\ntwo\n" * 1000, codec="zstd", asbytes=True))
    assert read(tmp_path / "a.csv") == b"one\ntwo\n" * 1000


def test_a_bomb_of_zstandard_is_left_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(compressed, "_ALWAYS", 1 << 16)
    (tmp_path / "a.csv").write_bytes(pa.compress(b"0" * (1 << 24), codec="zstd", asbytes=True))
    with pytest.raises(BadInput, match="grows to more than 250 times its size"):
        read(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (pa.compress(b"one\n" * 9999, codec="zstd", asbytes=True)[:-9], "damaged or cut off"),
        # A method of packing that nobody has (99 stands for one that is encrypted), and the mark of a password.
        (
            with_field(archive("a.csv"), local=8, central=10, value=b"\x63\x00"),
            "packed by a method that is not read here",
        ),
        (with_field(archive("a.csv"), local=6, central=8, value=b"\x01\x00"), "locked with a password"),
        (bytes(archive("a.csv", "b.csv")), "this archive holds 2 files"),
        (bytes(archive("a.csv"))[:-30], "damaged or cut off"),
    ],
)
def test_what_cannot_be_unpacked_is_one_sentence(tmp_path, content, sentence):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(BadInput, match=sentence):
        read(tmp_path / "a.csv")
    assert not is_spreadsheet(tmp_path / "a.csv")


@pytest.mark.filterwarnings("error::ResourceWarning", "error::pytest.PytestUnraisableExceptionWarning")
def test_looking_whether_a_file_is_a_workbook_leaves_nothing_open(tmp_path):
    (tmp_path / "a.zip").write_bytes(archive("[Content_Types].xml"))
    assert is_spreadsheet(tmp_path / "a.zip")
    (tmp_path / "b.zip").write_bytes(archive("a.csv")[:-30])
    assert not is_spreadsheet(tmp_path / "b.zip")
