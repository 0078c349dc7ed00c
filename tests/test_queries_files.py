"""The heads of canned queries: what they say is read, and every mistake is told with its file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.config.queries import CannedQuery, Parameter, Plot, read_queries
from collector.errors import ConfigError

HEAD = "-- vi: Một\n-- en: One\n-- about_vi: Mỗi hàng là một.\n-- about_en: A row is one.\n"


def read(folder: Path, **files: str | bytes) -> tuple[CannedQuery, ...]:
    for name, text in files.items():
        (folder / f"{name}.sql").write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_queries(folder, name="queries")


def mistakes(folder: Path, **files: str | bytes) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(folder, **files)
    return [str(one) for one in caught.value.mistakes]


def test_a_head_is_titles_texts_order_plot_and_parameters_and_the_sql_is_the_rest(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        jobs="\ufeff-- vi: Việc làm\n-- en: Jobs\n--\n-- about_vi: Mỗi hàng\n--   là một năm.\n-- about_en: A row is a year.\n"
        "-- order: 7\n-- plot: bar x=year y=jobs color=province\n"
        "-- param place: Nơi | Place | Cần Thơ | select a || '|' || b\n--    from c\n-- param until: Đến | Until\n\n"
        "-- not the head any more: ;\nselect ':none', \"a:b\", [c:d] /* :no */ from t where a = :place and b <= :until;\n",
    )
    assert found == (
        CannedQuery(
            "jobs",
            "Việc làm",
            "Jobs",
            "Mỗi hàng là một năm.",
            "A row is a year.",
            "-- not the head any more: ;\nselect ':none', \"a:b\", [c:d] /* :no */ from t where a = :place and b <= :until",
            (
                Parameter("place", "Nơi", "Place", "Cần Thơ", "select a || '|' || b from c"),
                Parameter("until", "Đến", "Until"),
            ),
            7,
            Plot("bar", "year", "jobs", "province"),
        ),
    )


def test_those_with_an_order_come_first_in_it_and_the_others_by_name(tmp_path: Path) -> None:
    files = {"b": HEAD + "select 1", "a": HEAD + "select 1", "z": HEAD + "-- order: 0\nselect 1"}
    files["y"] = HEAD + "-- order: 10\nselect 1"
    assert [one.name for one in read(tmp_path, **files)] == ["z", "y", "a", "b"]


def test_a_query_that_lists_choices_is_named_by_its_name(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        places=HEAD + "select name from places;",
        jobs=HEAD + "-- param place: Nơi | Place | | places\nselect :place",
    )
    assert found[0].parameters[0].choices == "select name from places"


@pytest.mark.parametrize(
    ("column", "scale"),
    [
        *((column, "temporal") for column in ("day", "month", "hour", "published_on", "until_month", "seen_at")),
        *((column, "ordinal") for column in ("year", "period", "field")),
    ],
)
def test_an_axis_is_of_time_where_its_column_is(column: str, scale: str) -> None:
    assert Plot("bar", column, "y").x_scale == scale


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select 1", ["vi: required, and not given", "en: required, and not given", "about_vi: required, and not given",
                      "about_en: required, and not given"]),
        (HEAD.replace("One", "") + "select 1", ["line 2: en: required, and empty"]),
        (HEAD + "-- vi: Hai\nselect 1", ["line 5: vi stands in line 1 already"]),
        (HEAD + "-- title: x\nselect 1", ['line 5: unknown key "title"; expected one of vi, en, about_vi, about_en, order, '
                                          "plot, param NAME"]),
        (HEAD + "-- order 3\nselect 1", ['line 5: expected `-- key: value`, found "-- order 3"']),
        (HEAD + "-- order: first\nselect 1", ['line 5: order: expected a whole number, found "first"']),
        (HEAD + "-- plot: pie x=a y=b\nselect 1", ['line 5: plot: expected one of bar, line, point first, found "pie"']),
        (HEAD + "-- plot: bar x=a\nselect 1", ['line 5: plot: expected x=COLUMN y=COLUMN and perhaps color=COLUMN, '
                                              'found "x=a"']),
        (HEAD + "-- plot: bar x=a y=b x=c\nselect 1", ['line 5: plot: expected x=COLUMN y=COLUMN and perhaps color=COLUMN, '
                                                      'found "x=a y=b x=c"']),
        (HEAD + "-- param: Nơi | Place\nselect 1", ["line 5: expected a parameter's name, as in `-- param year: …`, found \"\""]),
        (HEAD + "-- param a: Nơi\nselect :a", ["line 5: param a: expected a label in Vietnamese | and one in English, "
                                              'found "Nơi"']),
        (HEAD + "-- param a: A | A\n-- param a: B | B\nselect :a", ["line 6: the parameter a stands in line 5 already"]),
        (HEAD + "-- param a: A | A\nselect 1", ["line 5: param a: the SQL does not name :a"]),
        (HEAD + "-- param a: A | A | | nowhere\nselect :a", ["line 5: param a: nowhere cannot list its choices: there is none "
                                                             "of that name without a mistake"]),
        (HEAD + "-- param a: A | A | | one\nselect :a", ["line 5: param a: one cannot list its choices: it has parameters"]),
        (HEAD + "-- param a: A | A | | drop x\nselect :a", ["line 5: param a: expected SQL or a query's name as its choices"]),
        (HEAD + "\nselect 1,\n  :b", ["line 7: :b is no parameter of the head; expected `-- param b: …`"]),
        (HEAD + "select ?", ["line 5: ? is no parameter of the head; expected `-- param name: …`"]),
        (HEAD + "\n", ["line 5: expected SQL below the head, found none"]),
        (HEAD + "delete from articles", ['line 5: expected a statement that begins with select or with, found "delete"']),
        (HEAD + "select 1;\ndrop table x", ["line 5: expected one statement, found another behind its end"]),
        (b"-- vi: a\n-- en: \xff\nselect 1", ["line 2: expected UTF-8, found byte 0xff"]),
    ],
)  # fmt: skip
def test_every_mistake_is_told_with_its_line(tmp_path: Path, text: str | bytes, expected: list[str]) -> None:
    assert mistakes(tmp_path, one=text) == [f"queries/one.sql: {said}" for said in expected]


def test_the_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    assert mistakes(tmp_path, a=HEAD, b=HEAD + "drop x") == [
        "queries/a.sql: line 5: expected SQL below the head, found none",
        'queries/b.sql: line 5: expected a statement that begins with select or with, found "drop"',
    ]
    assert mistakes(tmp_path, a=HEAD + "select 1", b=HEAD + "select 1", **{"Số 1": HEAD + "select 1"}) == [
        "queries/Số 1.sql: expected a name of lower-case letters, digits and '_', found \"Số 1\""
    ]


def test_a_folder_without_queries_is_a_mistake(tmp_path: Path) -> None:
    assert mistakes(tmp_path) == ["queries: expected files NAME.sql, found none"]


@pytest.mark.parametrize(
    ("sql", "most"),
    [
        ("select 1", None),
        ("select (select 2 from t limit 1)", None),
        ("select a from (select a from t limit 50) order by 1", 50),
        ("select a from t -- limit 900\nLIMIT  500", 500),
    ],
)
def test_a_query_says_how_many_rows_it_gives_at_most(tmp_path: Path, sql: str, most: int | None) -> None:
    [found] = read(tmp_path, one=HEAD + sql)
    assert found.most == most
