"""The stage of the print house: a folder that nobody fetches from, an address too long, a folder that goes away."""

import shutil
from pathlib import Path

from tests.notifiers.samples import Stage

ADDRESS = "张三\n样例路1号2室\n200001 上海市"


def stage(folder: Path) -> Stage:
    out = folder / "out"
    out.mkdir()

    def wait() -> None:
        for number in range(500):
            (out / f"{number}.pdf").touch()

    made = Stage(
        environment={"TOCSIN_PRINT_HOUSE_FOLDER": str(out), "TOCSIN_PRINT_HOUSE_RETURN_ADDRESS": "上海市邮政信箱1号"},
        address=ADDRESS,
        secrets=(ADDRESS, "张三", "样例路1号2室"),
        stop=lambda: shutil.rmtree(out, ignore_errors=True),
        # Its answer hangs on the address alone: seven lines stand in no window.
        refuse=lambda: object.__setattr__(made, "address", "\n".join([ADDRESS] * 3)),
        throttle=wait,
    )
    return made
