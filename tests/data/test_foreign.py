"""Foreign keys: values that must occur in another file."""

from __future__ import annotations

from pathlib import Path

import pytest

from gate.errors import ConfigError, DataError
from tests.data.conftest import Validate

SCHEMA = """\
foreign_key:
  - feature: [city]
    path: ref/cities.csv
    referenced: [name]
feature:
  - {name: city, type: BYTES}
"""


@pytest.fixture
def cities(tmp_path: Path) -> Path:
    (tmp_path / "ref").mkdir()
    (tmp_path / "ref/cities.csv").write_text("zip,name\n1,Rome\n2,Bonn\n3,007\n")
    return tmp_path


def test_values_that_are_there_are_quiet(validate: Validate, cities: Path) -> None:
    report = validate("city\nRome\n007\nBonn\nRome\n", SCHEMA, folder=cities)
    assert report.anomalies == ()


def test_values_that_are_not_there_are_told(validate: Validate, cities: Path) -> None:
    table = "city,k\nRome,1\nrome,1\n7,1\n,1\nrome,1\n"
    report = validate(table, SCHEMA + "  - {name: k, type: INT}\n", folder=cities)
    (found,) = report.anomalies
    assert (found.type, found.count) == ("FOREIGN_KEY_NOT_FOUND", 3)
    assert [(e.value, e.count, e.rows, e.lines) for e in found.examples] == [
        ("rome", 2, (2, 5), (3, 6)),
        ("7", 1, (3,), (4,)),
    ]
    assert "is not in ref/cities.csv" in found.description


def test_several_columns_must_occur_together(validate: Validate, cities: Path) -> None:
    schema = """\
foreign_key:
  - {feature: [zip, name], path: ref/cities.csv}
feature:
  - {name: zip, type: FLOAT}
  - {name: name, type: BYTES}
"""
    (found,) = validate("zip,name\n1.0,Rome\n2,Rome\n", schema, folder=cities).anomalies
    assert [e.value for e in found.examples] == ["zip=2.0, name=Rome"]


def test_many_values_that_are_not_there_cost_bounded_room(
    validate: Validate, cities: Path
) -> None:
    rows = "\n".join(f"c{i}" for i in range(5_000))
    (found,) = validate(f"city\n{rows}\n", SCHEMA, folder=cities).anomalies
    assert found.count == 5_000
    assert len(found.examples) == 20
    assert "over " in found.description


@pytest.mark.parametrize(
    "path", ["/etc/passwd.csv", "C:\\x.csv", "C:x.csv", "\\\\host\\x.csv", "''"]
)
def test_absolute_paths_are_refused(
    validate: Validate, tmp_path: Path, path: str
) -> None:
    schema = SCHEMA.replace("ref/cities.csv", path)
    with pytest.raises(ConfigError, match="path"):
        validate("city\nx\n", schema, folder=tmp_path)


def test_a_path_or_link_out_of_the_repository_is_refused(
    validate: Validate, cities: Path
) -> None:
    root = cities / "repository"
    (root / "ref").mkdir(parents=True)
    outside = SCHEMA.replace("ref/", "../ref/")
    assert validate("city\nRome\n", outside, folder=root).anomalies == ()
    with pytest.raises(ConfigError, match="leaves the repository"):
        validate("city\nRome\n", outside, folder=root, root=root)
    try:
        (root / "ref/cities.csv").symlink_to(cities / "ref/cities.csv")
    except OSError:
        pytest.skip("no links here")
    with pytest.raises(ConfigError, match="leaves the repository"):
        validate("city\nRome\n", SCHEMA, folder=root, root=root)


def test_a_file_or_column_that_is_not_there_is_told(
    validate: Validate, cities: Path
) -> None:
    with pytest.raises(DataError, match="no such file"):
        validate("city\nx\n", SCHEMA.replace("cities", "towns"), folder=cities)
    with pytest.raises(DataError, match="has no column `town`"):
        validate("city\nx\n", SCHEMA.replace("[name]", "[town]"), folder=cities)


def test_a_foreign_key_that_is_not_whole_is_a_slip(
    validate: Validate, cities: Path
) -> None:
    schema = SCHEMA.replace("[name]", "[name, zip]")
    (found,) = validate("city\nx\n", schema, folder=cities).anomalies
    assert found.type == "INVALID_SCHEMA_SPECIFICATION"
