"""What statistics and validation of a table cost, beside what others take for them.

    python benchmarks/data.py [--rows 1000000] [--runs 3] [--peers PYTHON]

Writes a taxi-like table of 18 columns (10 whole numbers, 6 floats, 2 texts; the same
for the same number of rows) into a temporary folder: as CSV, as CSV with a fault in
six columns of every row, as Parquet, and its first 1,000 rows. Then runs, turn by turn
so that a noisy machine is noisy for all, each in a process of its own:

  ours     statistics and validation in one pass, by the library that `gate data` calls
  peers    `pandas.read_csv` alone; the same statistics by polars, duckdb and pyarrow;
           the same validation by pandera. What PYTHON cannot import is left out.

and prints, of each, the least wall and CPU seconds of all runs, the greatest memory
(resident, of the one process there is) and the ratios to `pandas.read_csv`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

FILES = {
    "csv": "taxi.csv",
    "faults": "faults.csv",
    "small": "small.csv",
    "parquet": "taxi.parquet",
    "schema": "schema.yaml",
}
HERE = Path(__file__).resolve()
CHUNK = 250_000  # rows made at once; part of what the table is
FLOATS = (
    "fare trip_miles tips pickup_latitude pickup_longitude dropoff_latitude "
    "dropoff_longitude"
).split()
TEXTS = ["payment_type", "company"]
PAYMENTS = ["Cash", "Credit Card", "No Charge", "Unknown", "Dispute", "Pcard", "Prcard"]
COMPANIES = ["Taxi Affiliation Services", "Choice Taxi Association"] + [
    f"{1000 + 37 * i} - {10000 + 911 * i} Medallion Cab Corp., Inc" for i in range(78)
]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="as in the table")
    parser.add_argument("--one", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        name, *words = options.one
        print(json.dumps(ONE[name](*words)))
        return
    with tempfile.TemporaryDirectory(prefix="gate-bench-") as folder:
        # Not here: a process counts as memory what the one that starts it has.
        made = [sys.executable, str(HERE), "--one", "prepare", folder]
        subprocess.run([*made, str(options.rows)], check=True, capture_output=True)
        paths = {name: str(Path(folder, file)) for name, file in FILES.items()}
        wanted = options.only or list(CASES)
        cases = {name: CASES[name] for name in ("pandas.read_csv", *wanted)}
        # As installed packages are: compiled once, by a turn that does not count.
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(folder, "compiled"))
        measure(cases, {**paths, "csv": paths["small"]}, options.peers, 1)
        show(measure(cases, paths, options.peers, options.runs), options)


def prepare(folder: str, rows: str) -> None:
    """Write the table in all its forms, and the schema."""
    from pyarrow import csv, parquet

    paths = {name: Path(folder, file) for name, file in FILES.items()}
    parts = iter(tables(int(rows)))
    first = next(parts)
    with (
        csv.CSVWriter(paths["csv"], first.schema, write_options=_plain()) as plain,
        parquet.ParquetWriter(paths["parquet"], first.schema) as packed,
    ):
        faulty: Any = None
        for table in _chain(first, parts):
            plain.write_table(table)
            packed.write_table(table)
            bad = spoil(table)
            faulty = faulty or csv.CSVWriter(
                paths["faults"], bad.schema, write_options=_plain()
            )
            faulty.write_table(bad)
        faulty.close()
    with paths["csv"].open("rb") as whole:
        paths["small"].write_bytes(b"".join(whole.readline() for _ in range(1_001)))
    paths["schema"].write_text(schema(), "utf-8")


def _plain() -> Any:
    from pyarrow import csv

    return csv.WriteOptions(quoting_style="needed")


def _chain(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from rest


def tables(rows: int) -> Iterator[Any]:
    """The table in parts, as Arrow's, the same for the same number of rows."""
    import numpy as np
    import pyarrow as arrow

    rng = np.random.Generator(np.random.PCG64(7))
    latitudes = np.round(41.65 + 0.38 * rng.random(300), 6)
    longitudes = np.round(-87.91 + 0.38 * rng.random(300), 6)
    tracts = 17_031_000_000 + rng.integers(10_100, 989_999, 230)
    few = 1 / np.arange(1, 301)

    def some(values: Any, size: int) -> Any:
        weights = few[: len(values)] / few[: len(values)].sum()
        return np.asarray(values)[rng.choice(len(values), size, p=weights)]

    for start in range(0, rows, CHUNK):
        n = min(CHUNK, rows - start)

        def gaps(values: Any, share: float, n: int = n) -> Any:
            return arrow.array(values, mask=rng.random(n) < share)

        miles = np.where(rng.random(n) < 0.27, 0, np.round(rng.lognormal(0.6, 1, n), 1))
        fare = np.round(3.25 + 2.3 * miles, 2)
        tips = np.where(rng.random(n) < 0.4, np.round(fare * rng.random(n) / 3, 2), 0)
        hour = np.clip(np.round(rng.normal(14, 6, n)), 0, 23).astype(np.int64)
        seconds = 60 * np.round(rng.gamma(2, 6, n)).astype(np.int64)
        columns = {
            "pickup_community_area": gaps(some(range(1, 78), n), 0.0001),
            "fare": fare,
            "trip_start_month": rng.integers(1, 13, n),
            "trip_start_hour": hour,
            "trip_start_day": rng.integers(1, 8, n),
            "trip_start_timestamp": 1_356_998_400 + 900 * rng.integers(0, 140_160, n),
            "pickup_latitude": gaps(some(latitudes, n), 0.0001),
            "pickup_longitude": gaps(some(longitudes, n), 0.0001),
            "dropoff_latitude": gaps(some(latitudes, n), 0.032),
            "dropoff_longitude": gaps(some(longitudes, n), 0.032),
            "trip_miles": miles,
            "pickup_census_tract": gaps(some(tracts, n), 0.9),
            "dropoff_census_tract": gaps(some(tracts, n), 0.28),
            "payment_type": some(PAYMENTS, n),
            "company": gaps(some(COMPANIES, n), 0.34),
            "trip_seconds": gaps(seconds, 0.0004),
            "dropoff_community_area": gaps(some(range(1, 78), n), 0.034),
            "tips": tips,
        }
        yield arrow.table(columns)


def spoil(table: Any) -> Any:
    """The table with a fault in six columns of every row, many of them distinct."""
    import numpy as np
    import pyarrow as arrow

    n = table.num_rows
    numbers = np.arange(n)
    faults = {
        "fare": -1 - numbers / 100,  # below the least, all distinct
        "trip_start_hour": 24 + numbers % 10,  # above the greatest
        "trip_seconds": arrow.array([f"{i % 5_000} s" for i in range(n)]),  # no integer
        "trip_miles": arrow.array(["1,5"] * n),  # no number
        "company": arrow.array([f"Company {i % 10_000}" for i in range(n)]),  # unknown
        "payment_type": arrow.nulls(n, arrow.string()),  # missing
    }
    for name, values in faults.items():
        table = table.set_column(table.column_names.index(name), name, [values])
    return table


def schema() -> str:
    """What the table without faults should be."""
    lines = ["feature:"]
    ranges = {
        "trip_start_month": "{min: 1, max: 12}",
        "trip_start_hour": "{min: 0, max: 23}",
        "trip_start_day": "{min: 1, max: 7}",
        "trip_seconds": "{min: 0}",
        "fare": "{min: 0, max: 100000, disallow_nan: true}",
        "tips": "{min: 0}",
        "trip_miles": "{min: 0}",
    }
    for name in next(tables(1)).column_names:
        kind = "FLOAT" if name in FLOATS else "BYTES" if name in TEXTS else "INT"
        lines += [f"  - name: {name}", f"    type: {kind}"]
        if name in ranges:
            lines.append(f"    {kind.lower()}_domain: {ranges[name]}")
        if name in ("fare", "payment_type", "trip_start_hour"):
            lines.append("    presence: {min_fraction: 1.0}")
        for text, values in (("payment_type", PAYMENTS), ("company", COMPANIES)):
            if name == text:
                lines.append(f"    string_domain: {{value: {json.dumps(values)}}}")
    return "\n".join(lines) + "\n"


def ours(path: str, schema_path: str) -> Any:
    """Statistics and validation in one pass."""
    sys.path.insert(0, str(HERE.parent.parent))  # noqa: RQ102
    from gate.data import schemafile, validation
    from gate.data.source import Source

    wanted = schemafile.read(Path(schema_path))
    report = validation.validate(Source(path=Path(path)), wanted, statistics=True)
    assert report.statistics is not None
    return [report.num_examples, len(report.anomalies)]


def read_csv(path: str, _: str) -> Any:
    import pandas

    return len(pandas.read_csv(path))


def polars(path: str, _: str) -> Any:
    import polars as pl

    frame = pl.read_csv(path)
    shares = [i / 10 for i in range(11)]
    numeric = [n for n, kind in frame.schema.items() if kind.is_numeric()]
    texts = [name for name in frame.columns if name not in numeric]
    wanted = []
    for name in numeric:
        column = pl.col(name)
        moments = [column.mean(), column.std(ddof=0), column.min(), column.max()]
        moments += [column.median(), column.null_count(), (column == 0).sum()]
        wanted += [one.alias(f"{name} {i}") for i, one in enumerate(moments)]
        ordered = column.drop_nulls().sort()
        places = [((ordered.len() - 1) * share).cast(pl.UInt32) for share in shares]
        wanted.append(ordered.gather(pl.concat_list(places).explode()).implode())
        wanted.append(column.hist(bin_count=10).implode().alias(f"{name} buckets"))
    for name in texts:
        column = pl.col(name)
        moments = [
            column.n_unique(),
            column.null_count(),
            column.str.len_bytes().mean(),
        ]
        wanted += [one.alias(f"{name} {i}") for i, one in enumerate(moments)]
        wanted.append(
            column.value_counts(sort=True).head(20).implode().alias(f"{name} top")
        )
    return frame.select(wanted).shape


def duckdb(path: str, _: str) -> Any:
    import duckdb as db

    db.sql(f"create table t as select * from read_csv('{path}', sample_size=20000)")
    kinds = {row[0]: row[1] for row in db.sql("describe t").fetchall()}
    wanted = ["count(*)"]
    shares = [i / 10 for i in range(11)]
    for name, kind in kinds.items():
        wanted.append(f"count({name})")
        if kind == "VARCHAR":
            wanted += [f"count(distinct {name})", f"avg(strlen({name}))"]
            continue
        wanted += [f"{f}({name})" for f in ("avg", "stddev_pop", "min", "max")]
        wanted += [f"count(*) filter ({name} = 0)"]
        wanted += [f"quantile_disc({name}, {shares})"]
    row = db.sql(f"select {', '.join(wanted)} from t").fetchall()[0]
    for name, kind in kinds.items():
        if kind == "VARCHAR":
            top = (
                f"select {name}, count(*) n from t group by 1 order by n desc limit 20"
            )
            db.sql(top).fetchall()
            continue
        bounds = db.sql(f"select min({name}), max({name}) from t").fetchall()[0]

        low, width = bounds[0], (bounds[1] - bounds[0]) / 10 or 1
        bucket = f"least(9, floor(({name} - {low}) / {width}))"
        db.sql(f"select {bucket} b, count(*) from t group by 1").fetchall()
    return len(row)


def pyarrow(path: str, _: str) -> Any:
    import numpy as np
    import pyarrow as arrow
    import pyarrow.compute as pc
    from pyarrow import csv

    texts = {name: arrow.dictionary(arrow.int32(), arrow.string()) for name in TEXTS}
    options = csv.ConvertOptions(column_types=texts)
    table = csv.read_csv(path, convert_options=options)
    found = []
    for name in table.column_names:
        column = table[name]
        if name in TEXTS:
            counts = column.unify_dictionaries().value_counts()
            found.append(sorted(counts.field(1).to_pylist(), reverse=True)[:20])
            continue
        values = np.sort(column.drop_null().to_numpy())
        found.append(pc.mean(column).as_py())
        found.append(pc.stddev(column).as_py())
        found.append(int((values == 0).sum()))
        found.append(values[np.linspace(0, len(values) - 1, 11).astype(int)].tolist())
        found.append(np.histogram(values, 10)[0].tolist())
    return len(found)


def pandera(path: str, _: str) -> Any:
    import pandas
    import pandera.pandas as pa

    frame = pandas.read_csv(path)
    checks = {
        "trip_start_month": [pa.Check.in_range(1, 12)],
        "trip_start_hour": [pa.Check.in_range(0, 23)],
        "trip_start_day": [pa.Check.in_range(1, 7)],
        "trip_seconds": [pa.Check.ge(0)],
        "fare": [pa.Check.in_range(0, 100_000)],
        "tips": [pa.Check.ge(0)],
        "trip_miles": [pa.Check.ge(0)],
        "payment_type": [pa.Check.isin(PAYMENTS)],
        "company": [pa.Check.isin(COMPANIES)],
    }
    required = ("fare", "payment_type", "trip_start_hour")
    columns = {
        name: pa.Column(checks=checks.get(name), nullable=name not in required)
        for name in frame.columns
    }
    try:
        pa.DataFrameSchema(columns).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        return len(errors.failure_cases)
    return 0


ONE: dict[str, Callable[[str, str], Any]] = {
    "prepare": prepare,
    "ours": ours,
    "read_csv": read_csv,
    "polars": polars,
    "duckdb": duckdb,
    "pyarrow": pyarrow,
    "pandera": pandera,
}
# What is run, on which file.
CASES = {
    "pandas.read_csv": ("read_csv", "csv"),
    "gate": ("ours", "csv"),
    "gate, full of faults": ("ours", "faults"),
    "gate, Parquet": ("ours", "parquet"),
    "gate, 1,000 rows": ("ours", "small"),
    "polars, statistics": ("polars", "csv"),
    "duckdb, statistics": ("duckdb", "csv"),
    "pyarrow, statistics": ("pyarrow", "csv"),
    "pandera, validation": ("pandera", "csv"),
    "pandera, full of faults": ("pandera", "faults"),
}
Figures = tuple[float, float, float]  # wall seconds, CPU seconds, megabytes


def measure(
    cases: dict[str, tuple[str, str]], paths: dict[str, str], python: str, runs: int
) -> dict[str, Figures | str]:
    """The best seconds and the greatest memory of each case, or why there are none."""
    found: dict[str, Figures | str] = {}
    for _ in range(runs):
        for name, (what, path) in cases.items():
            if isinstance(found.get(name), str):
                continue
            chosen = sys.executable if what == "ours" else python
            script = [chosen, str(HERE), "--one", what, paths[path], paths["schema"]]
            figures, before = run(script), found.get(name)
            if not isinstance(figures, str) and before and not isinstance(before, str):
                wall, cpu = (min(figures[i], before[i]) for i in (0, 1))
                figures = (wall, cpu, max(figures[2], before[2]))
            found[name] = figures
    return found


def run(command: list[str]) -> Figures | str:
    """What the process took, or the last line of its complaint."""
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            lines = errors.read().decode(errors="replace").splitlines()
            return lines[-1] if lines else f"exit {process.returncode}"
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit


def show(found: dict[str, Figures | str], options: argparse.Namespace) -> None:
    load = os.getloadavg()[0]
    print(f"{platform.platform()}, Python {platform.python_version()},", end=" ")
    print(f"{os.cpu_count()} cores, load {load:.1f}, {options.rows:,} rows,", end=" ")
    print(f"least of {options.runs} runs; x: times pandas.read_csv")
    base = found["pandas.read_csv"]
    for name, figures in found.items():
        if isinstance(figures, str):
            print(f"{name:26}left out: {figures}")
            continue
        wall, cpu, memory = figures
        print(f"{name:26}{wall:7.2f} s{cpu:8.2f} CPU s{memory:7.0f} MB", end="")
        if isinstance(base, str):
            print()
        else:
            print(f"{wall / base[0]:8.2f} x{cpu / base[1]:8.2f} x CPU")


if __name__ == "__main__":
    main()
