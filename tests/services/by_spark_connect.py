"""Finds who is affected in one leak of the sample by a Spark Connect server, and prints the digests as JSON."""

import json
import sys
from pathlib import Path

from affected.directories.spark import session
from tests.affected.leaked import digests, resolved


def main() -> None:
    """Arguments: the folder of the sample, the name of the leak, a new folder to work in."""
    folder, name, work = sys.argv[1:]
    session("the test").conf.set("spark.sql.shuffle.partitions", "2")
    print(json.dumps(digests(resolved(Path(folder), name, Path(work), engine="spark"))))


if __name__ == "__main__":
    main()
