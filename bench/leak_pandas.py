"""The leak of bench.leak by pandas, as people write it."""

from pathlib import Path
from typing import Any

import pandas as pd

from bench.leak import ACTIONS, ADDRESSES, LIST_TIMES, OUTCOMES, SESSIONS, WINDOW, Leak


def by_pandas(leak: Leak, out: Path) -> None:
    """As people write it: files appended, a function a row for each number and address, merges, a groupby of sets.

    It finds the same people with their categories and times; it keeps no why, no fate of rows and no strangers.
    """
    people = pd.read_parquet(leak.people_file)
    people["phone"], people["email"] = people["mobile"].apply(_number), people["mail"].apply(_address)
    rows = pd.read_csv(leak.list_file, dtype=str)
    rows["phone"], rows["email"] = rows["phone"].apply(_number), rows["email"].apply(_address)
    rows["uid"] = rows["user_id"].apply(_id)
    found = [people.loc[people[key].isin(rows[key].dropna()), "uid"] for key in ("uid", "phone", "email")]
    listed = pd.DataFrame({"uid": pd.concat(found).unique()})
    listed["first"], listed["last"] = (_moment(LIST_TIMES[end]) for end in ("first_at", "last_at"))
    listed["item"] = "list"
    lines = _lines(leak)
    lines = lines[lines["uid"].isin(people["uid"])]
    lines = lines.rename(columns={"at": "first"}).assign(last=lines["at"], item="log")
    both = pd.concat([listed, lines])
    known = both.groupby("uid").agg({"first": "min", "last": "max", "item": set}).reset_index()
    found_people = people.merge(known, on="uid")
    found_people["categories"] = found_people.apply(_categories, axis=1)
    (out / "answer").mkdir()
    named = {"uid": "person_id", "first": "first_exposed_at", "last": "last_exposed_at"}
    found_people.drop(columns=["item", "phone", "email"]).rename(columns=named).to_parquet(
        out / "answer" / "people.parquet"
    )


def _lines(leak: Leak) -> pd.DataFrame:
    kept = []
    first, last = (_moment(WINDOW[end]) for end in ("from_at", "to_at"))
    for file in sorted(leak.log.iterdir()):
        day = pd.read_parquet(file, columns=["at", "ip", "sid", "uid", "action", "code"])
        hostile = day["ip"].isin(ADDRESSES) | day["sid"].isin(SESSIONS)
        asked = day["action"].isin(ACTIONS) & day["code"].isin(OUTCOMES)
        kept.append(day[hostile & asked & (day["at"] >= first) & (day["at"] <= last)][["uid", "at"]])
    return pd.concat(kept)


def _moment(text: str) -> Any:
    return pd.Timestamp(text.removesuffix("Z"))


def _number(text: Any) -> str | None:
    digits = "".join(c for c in text if c.isdigit() or c == "+") if isinstance(text, str) else ""
    if len(digits) < 5:
        return None
    digits = "+" + digits[2:] if digits.startswith("00") else digits
    digits = "+" + digits if digits.startswith("86") else digits
    return digits if digits.startswith("+") else "+86" + digits


def _address(text: Any) -> str | None:
    return text.strip().lower() or None if isinstance(text, str) else None


def _id(text: Any) -> str | None:
    return text.strip().removesuffix(".0").lstrip("0") or None if isinstance(text, str) else None


def _categories(row: Any) -> list[str]:
    listed, logged = "list" in row["item"], "log" in row["item"]
    said = {"email": listed and isinstance(row["mail"], str), "identity_document": listed and row["has_idcard"]}
    return [name for name, is_so in {**said, "order": logged, "phone": True}.items() if is_so]
