"""The demo region goes through intake like anybody's files, and nothing more or less is quarantined than was spoilt."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from demo_samples import Written


def test_every_file_is_recognised_as_what_it_is(written: Written, taken: tuple) -> None:
    found = Counter(file.layout for file in taken[0].files)
    for layout, count in written.summary.files.items():
        if layout not in {"register", "unknown"}:
            assert found[layout] == count, layout
    refused = [file for file in taken[0].files if file.error]
    assert [Path(file.path).name for file in refused] == [Path(name).name for name in written.truth["unknown"]]


def test_quarantine_is_what_was_spoilt(written: Written, taken: tuple) -> None:
    report, snapshot = taken
    expected = written.truth["dirt"]["quarantined_rows"] + written.truth["repeated_list_rows"]
    assert sum(file.quarantined for file in report.files) == expected
    found = snapshot.sql("select distinct login from quarantine where rule = 'journal_mark_bad'")["login"]
    spoilt = {place["login"] for place in written.truth["dirt"]["places"] if place["kind"] == "journal_nonsense"}
    assert set(found) == spoilt


def test_accepted_rows_are_the_rows_of_the_model(written: Written, taken: tuple) -> None:
    rows = taken[1].sql(
        "select year, grade, subject, login, participant_code, primary_score, journal_mark, mark "
        "from vpr_results_by_participant where present and login like 'edu%'"
    )
    key = ["year", "grade", "subject", "login", "participant_code"]
    model = written.region.results[[*key, "primary_score", "mark", "journal_mark"]]
    rows = rows.assign(participant_code=rows["participant_code"].astype(int))
    both = rows.merge(model, on=key, suffixes=("", "_model"))
    assert len(both) == len(rows)
    assert (both["primary_score"].astype(int) == both["primary_score_model"].astype(int)).all()
    assert (
        both["journal_mark"].astype("Int64").fillna(0) == both["journal_mark_model"].astype("Int64").fillna(0)
    ).all()
    marked = both[both["mark"].notna()]
    assert (marked["mark"].astype(int) == marked["mark_model"].astype(int)).all()


def test_the_correction_is_what_is_seen(written: Written, taken: tuple) -> None:
    fixed = written.truth["correction"]
    where = {name: fixed[name] for name in ("year", "grade", "subject", "login")}
    rows = taken[1].read("vpr_results_by_participant", ["journal_mark"], where=where)
    assert set(rows["journal_mark"].dropna().astype(int)) != {5}


def test_the_report_wins_over_the_school_form(written: Written, taken: tuple) -> None:
    forms = written.truth["delivery"]["school_forms"]
    rows = taken[1].read(
        "vpr_results_by_participant", ["login", "mark", "present"], where={"year": forms["year"], "present": True}
    )
    both = rows[rows["login"].isin(forms["form_and_report"])]
    assert len(both)
    assert both["mark"].notna().all()
    only = rows[rows["login"].isin(forms["only_form"])]
    assert len(only)
    assert only["mark"].isna().all()
