"""Every engine and every database finds the same snapshot as the embedded engine finds in the sample's files."""

import json
import os
import shutil
import subprocess
import sys
import uuid

import pytest
import sqlalchemy as sa

import sample
from affected import contacts
from affected.directories.spark import session
from packs import BadInput
from sample.story import stories
from tests.affected.leaked import digests, directory_at, fill, resolved

MARIADB = "mariadb+pymysql://root@127.0.0.1:3306/test"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("engines")
    sample.make(made, people=3_000)
    return made


@pytest.fixture(scope="module")
def plain(folder, tmp_path_factory):
    """Story -> the digests of what the embedded engine finds in the files."""
    work = tmp_path_factory.mktemp("plain")
    return {name: digests(resolved(folder, name, work / name)) for name in stories()}


@pytest.fixture(scope="module")
def in_postgres(server, folder):
    """company -> the address of its people in PostgreSQL."""
    name = f"tocsin_test_{uuid.uuid4().hex[:12]}"
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine = sa.create_engine(server.set(database=name))
    _fill_all(engine, folder)
    place = server.set(database=name, drivername="postgresql").render_as_string(hide_password=False)
    yield lambda company: f"{place}?table=public.{company}"
    with admin.connect() as connection:
        connection.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="module")
def in_mariadb(folder):
    """company -> the address of its people in MariaDB."""
    engine = sa.create_engine(os.environ.get("TOCSIN_TEST_MARIADB", MARIADB))
    try:
        engine.connect().close()
    except sa.exc.OperationalError:
        pytest.skip("There is no MariaDB here: set TOCSIN_TEST_MARIADB.")
    companies = [one.company for one in sample.read_manifest(folder).directories]
    mark = uuid.uuid4().hex[:8]
    for one in sample.read_manifest(folder).directories:
        fill(engine, f"{one.company}_{mark}", one.path)
    place = engine.url.set(drivername="mariadb").render_as_string(hide_password=False)
    yield lambda company: f"{place}?table={company}_{mark}"
    with engine.begin() as connection:
        for company in companies:
            connection.execute(sa.text(f"DROP TABLE {company}_{mark}"))


@pytest.fixture(scope="module")
def in_spark(folder):
    """company -> its people as a table of Spark's catalogue."""
    if shutil.which("java") is None:
        pytest.skip("There is no Java here, which Spark needs.")
    spark = session("the test")
    spark.conf.set("spark.sql.shuffle.partitions", "2")  # as many as there are cores; the default is for a cluster
    for one in sample.read_manifest(folder).directories:
        spark.read.parquet(str(one.path)).createOrReplaceTempView(f"people_of_{one.company}")
    yield lambda company: f"spark:people_of_{company}"
    spark.stop()


def _fill_all(engine, folder):
    for one in sample.read_manifest(folder).directories:
        fill(engine, one.company, one.path)
    engine.dispose()


def _company(folder, name):
    return sample.leak(name, folder).company


@pytest.mark.parametrize("name", stories())
@pytest.mark.parametrize("engine", ["postgres", "duckdb"])
def test_people_in_postgresql_are_found_there_and_from_here_alike(folder, plain, in_postgres, tmp_path, name, engine):
    address = in_postgres(_company(folder, name))
    found = resolved(folder, name, tmp_path / "work", address=address, engine=engine)
    assert digests(found) == plain[name]


@pytest.mark.parametrize("name", stories())
def test_people_in_mariadb_are_found_alike(folder, plain, in_mariadb, tmp_path, name):
    found = resolved(folder, name, tmp_path / "work", address=in_mariadb(_company(folder, name)))
    assert digests(found) == plain[name]


@pytest.mark.timeout(900)
def test_people_in_spark_are_found_alike(folder, plain, in_spark, tmp_path):
    found = resolved(folder, "moqi", tmp_path / "table", address=in_spark("moqi"), engine="spark")
    assert digests(found) == plain["moqi"]
    ids = found.people["person_id"].slice(0, 3).combine_chunks()
    from_spark = contacts(directory_at(folder, "moqi", in_spark("moqi")), ids)
    assert from_spark.equals(contacts(directory_at(folder, "moqi"), ids))


@pytest.mark.timeout(900)
def test_people_in_a_file_are_found_alike_by_spark_connect(folder, plain, tmp_path):
    """In a process of its own: one process has either a session of its own or one of a server."""
    if shutil.which("java") is None:
        pytest.skip("There is no Java here, which Spark needs.")
    asked = [sys.executable, "-m", "tests.services.by_spark_connect", str(folder), "moqi", str(tmp_path / "work")]
    answered = subprocess.run(
        asked, env=os.environ | {"SPARK_REMOTE": "local[2]"}, capture_output=True, text=True, check=False
    )
    assert answered.returncode == 0, answered.stderr[-2000:]
    assert json.loads(answered.stdout.splitlines()[-1]) == plain["moqi"]


def test_an_engine_that_cannot_reach_the_directory_says_what_it_needs(folder, tmp_path):
    with pytest.raises(BadInput, match="needs a directory that lies in PostgreSQL"):
        resolved(folder, "moqi", tmp_path / "a", engine="postgres")
    with pytest.raises(BadInput, match="engine: 'oracle' is not one of duckdb, postgres, spark"):
        resolved(folder, "moqi", tmp_path / "b", engine="oracle")


def test_nothing_of_it_stays_in_the_database(folder, in_postgres, tmp_path):
    resolved(folder, "moqi", tmp_path / "work", address=in_postgres("moqi"), engine="postgres")
    source = directory_at(folder, "moqi", in_postgres("moqi")).source
    with source.connected() as connection:
        left = connection.execute(sa.text("SELECT COUNT(*) FROM pg_class WHERE relname IN ('evidence', 'people')"))
        assert left.scalar_one() == 0
