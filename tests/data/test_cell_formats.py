"""Numbers and dates as they are written around the world."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shoal.data import Dataset, Preprocessing, load
from shoal.data.columns.cell_format import PLAIN, CellFormat, decimal_mark, number_format
from shoal.data.columns.dates import date_order, date_parts, read_date
from shoal.errors import DataError


def written(cells, decimal="."):
    found = number_format(set(cells), decimal)
    return [found.number(cell) for cell in cells]


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["21,4", "-3,05", "7"], [21.4, -3.05, 7]),
        (["1.234,5", "12", "1.234.567"], [1234.5, 12, 1234567]),
        (["1,234.5", "12", "1,234,567"], [1234.5, 12, 1234567]),
        (["1 234,5", "12\u00a0345", "1\u202f000"], [1234.5, 12345, 1000]),
        (["1'234.5", "12’345", "0.5"], [1234.5, 12345, 0.5]),
        (["−5", "3"], [-5, 3]),
        (["12 %", "3.5%", "−1%"], [12, 3.5, -1]),
        (["€ 1,200.50", "-€ 3", "€-4"], [1200.5, -3, -4]),
        (["1.200,50 €", "3 €"], [1200.5, 3]),
        (["$5", "-$7.25"], [5, -7.25]),
        (["1,5e3", "2"], [1500, 2]),
        ([".5", "5."], [0.5, 5]),
        (["1e3", "007"], [1000, 7]),
    ],
)
def test_ways_to_write_numbers(cells, numbers):
    assert written(cells) == numbers


@pytest.mark.parametrize("cell", ["1_2", "0,123,456", "1,23,4", "12,3456,7", "1.2.3", "--1", "+-1"])
def test_what_is_no_number(cell):
    assert number_format({cell}, ".").number(cell) is None


def test_a_comma_before_three_digits_is_read_by_what_stands_beside_it():
    assert written(["1,234", "2,500"]) == [1234, 2500]
    assert written(["1,234", "2,500"], ",") == [1.234, 2.5]
    assert written(["1,234", "2,5"]) == [1.234, 2.5]
    assert written(["1.234", "2.500"], ",") == [1234, 2500]
    assert written(["1.234", "2.5"], ",") == [1.234, 2.5]
    assert decimal_mark([{"1,234"}, {"2,5"}], ",") == ","
    assert decimal_mark([{"1,234"}, {"2.5"}], ";") == "."
    assert decimal_mark([{"1,234"}, {"a,5"}], ",") == "."
    assert decimal_mark([{"1,234"}], ";") == ","


@given(
    value=st.decimals(-(10**9), 10**9, places=3),
    way=st.sampled_from(
        [CellFormat(d, t, b, a) for d in ".," for t in ("", ",", ".", " ", "'") if t != d
         for b, a in (("", ""), ("€", ""), ("", "%"))]
    ),
)  # fmt: skip
def test_every_way_reads_what_it_writes(value, way):
    grouped = f"{abs(value):,.3f}".replace(",", "G").replace(".", way.decimal)
    sign = "-" if value < 0 else ""
    cell = sign + way.before + grouped.replace("G", way.thousands) + way.behind
    assert way.number(cell) == float(value)
    assert CellFormat.from_json(way.to_json()) == way


def test_numbers_written_otherwise_are_told_in_one_line(csv_file):
    notes = load(csv_file("t;share;y\n21,5;12%;a\n3,0;5%;b\n4,25;7%;a\n")).notes
    assert notes == (
        "numbers are read as they are written in columns 't' ('21,5' is 21.5), 'share' "
        "('12%' is 12)",
    )
    many = "a;b;c;d;e;y\n" + "1,5;2,5;3,5;4,5;5,5;1\n2,5;3,5;4,5;5,5;6,5;0\n"
    assert load(csv_file(many)).notes[0].endswith("'d' ('4,5' is 4.5) and 1 more")


def test_a_target_written_otherwise_is_one_of_numbers(csv_file):
    data = load(csv_file("x;power\n" + "".join(f"{i};{i * 3},{i % 10}\n" for i in range(97))))
    assert (data.task, data.y[:2].tolist()) == ("regression", [0.0, 3.1])
    fitted = Preprocessing.fit(data, np.arange(97))
    one = load(csv_file("x;power\n3;1,234\n", "one.csv"), target="power", like=fitted)
    assert one.y.tolist() == [1.234]
    assert Preprocessing.from_json(fitted.to_json()) == fitted
    odd = csv_file("x;power\n3;1.234\n", "odd.csv")
    with pytest.raises(DataError, match=r"odd.csv, column 'power', line 2: .*text: '1.234'"):
        load(odd, target="power", like=fitted)


@pytest.mark.parametrize(
    ("cells", "match"),
    [
        ([f"{i} kg" for i in range(30)], "not read as such, like '0 kg': 30 different ones"),
        ([f"{i}" if i % 2 else f"about {i}" for i in range(60)], "received both: 60 different"),
        ([f"2023-01-{i + 1:02}" for i in range(30)], "received dates such as '2023-01-01'"),
    ],
)
def test_a_target_that_nobody_reads_is_refused(csv_file, cells, match):
    text = "x,y\n" + "".join(f"{i},{cell}\n" for i, cell in enumerate(cells))
    with pytest.raises(DataError, match="column 'y': a target holds numbers or names; .*" + match):
        load(csv_file(text))


def test_a_target_of_dates_is_no_hindrance_to_predictions(csv_file):
    data = load(csv_file("x,y\n1,2023-01-05\n2,2023-01-06\n"), need_target=False, target="y")
    assert (data.column_names, data.y, list(data.cells)) == (("x",), None, ["x"])


def test_units_of_letters_are_remarked_on_with_the_way_out(csv_file):
    text = "w,k,y\n" + "".join(f"{i} kg,A{i},{i}.5\n" for i in range(30))
    assert load(csv_file(text)).notes == (
        "column 'w' ('0 kg') holds numbers that are not read as such, and is taken as "
        "categories: write quantities alone, a unit in the column's name, or read it with "
        "--numeric",
    )


def test_na_is_namibia_among_codes_of_two_letters(csv_file):
    data = load(csv_file("c,y\nNA,1\nDE,2\n,3\nFR,4\n"), task="regression")
    assert data.x["c"].tolist() == ["NA", "DE", None, "FR"]
    assert "in column 'c' NA is taken as a value" in data.notes[0]
    fitted = Preprocessing.fit(data, np.arange(1, 4))
    column = fitted.encoder.columns[0]
    assert (column.categories, column.written.na) == (("DE", "FR"), True)
    alone = load(csv_file("c\nNA\n", "one.csv"), need_target=False)
    assert fitted.remarks(alone)[0].endswith("training did not see, in 1 row: 'NA'")
    assert load(csv_file("c,y\nNA,1\nlow,2\nno,4\n")).x["c"].tolist() == [None, "low", "no"]


@pytest.mark.parametrize(
    ("cell", "order", "moment"),
    [
        ("2023-01-05", "year-month-day", "2023-01-05"),
        ("2023/1/5 7:08", "year-month-day", "2023-01-05T07:08"),
        ("2023-01-05T23:59:58.25Z", "year-month-day", "2023-01-05T23:59:58"),
        ("2023-01-05 10:20:30+02:00", "year-month-day", "2023-01-05T10:20:30"),
        ("05.01.2023", "day-month-year", "2023-01-05"),
        ("5/1/23 12:30 AM", "day-month-year", "2023-01-05T00:30"),
        ("1/5/2023 12:30 PM", "month-day-year", "2023-01-05T12:30"),
        ("5-Jan-2023", "day-name-year", "2023-01-05"),
        ("5. March 1969", "day-name-year", "1969-03-05"),
        ("Sept 5, 2023", "name-day-year", "2023-09-05"),
        ("2023-01", "year-month", "2023-01-01"),
        ("20230105", "yearmonthday", "2023-01-05"),
        ("08:30", "time", "1970-01-01T08:30"),
    ],
)
def test_dates(cell, order, moment):
    assert read_date(cell, order) == np.datetime64(moment, "s")
    assert CellFormat.from_json(CellFormat(date=order).to_json()).moment(cell) is not None


@pytest.mark.parametrize(
    "cell", ["2023-02-29", "2023-13-01", "31/04/2023", "24:00", "12:60", "13:00 PM", "5 Foo 2023",
             "2023-01/05", "2020-21", "J 5, 2023", ""]
)  # fmt: skip
def test_what_is_no_date(cell):
    assert date_order({cell}) == ""


def test_the_day_is_what_differs_more():
    assert date_order({"01/02/2023", "13/02/2023"}) == "day-month-year"
    assert date_order({"02/01/2023", "02/13/2023"}) == "month-day-year"
    assert date_order({"01/02/2023", "02/02/2023", "03/02/2023"}) == "day-month-year"
    assert date_order({"02/01/2023", "02/02/2023", "02/03/2023"}) == "month-day-year"
    assert date_order({"01/02/2023", "a"}) == ""
    assert date_order(set()) == ""


@given(st.datetimes(min_value=pd.Timestamp("1700-01-01").to_pydatetime()))
def test_parts_are_those_of_the_calendar(moment):
    parts = date_parts(np.array([moment], "datetime64[s]"))
    assert [parts[name][0] for name in ("year", "month", "day", "weekday")] == [
        moment.year, moment.month, moment.day, moment.weekday()
    ]  # fmt: skip
    assert parts["hour"][0] == pytest.approx(
        moment.hour + moment.minute / 60 + moment.second / 3600
    )


def test_dates_become_numbers_and_what_is_new_is_told(csv_file):
    days = pd.date_range("2023-01-01", "2023-12-26")
    rows = [f"{d:%d/%m/%Y},{d:%Y-%m},{8 + i % 3}:30,{i}.5" for i, d in enumerate(days)]
    data = load(csv_file("day,month,opens,y\n" + "\n".join(rows) + "\n"))
    assert data.notes[0].startswith("dates are read as numbers for the year, month, day, weekday")
    assert "'day' ('01/01/2023' is 2023-01-01), 'month' ('2023-01' is 2023-01-01)" in data.notes[0]
    fitted = Preprocessing.fit(data, np.arange(len(data)))
    names = [name for column in fitted.encoder.columns for name in column.features]
    assert names == ["day month", "day day", "day weekday", "month month", "opens hour"]
    frame = pd.DataFrame({"day": days, "month": days.astype(str).str[:7], "opens": "8:30"})
    whole = fitted.transform(data)
    np.testing.assert_array_equal(fitted.transform(frame)[::3], whole[::3])
    later = load(csv_file("day,month,opens\n01/02/2024,2024-02,9:30\n", "n.csv"), need_target=False)
    np.testing.assert_allclose(fitted.transform(later)[0, [0, 1]], whole[31, [0, 1]])
    assert fitted.remarks(later)[0] == (
        "column 'day' is outside of its training dates (2023-01-01 to 2023-12-26) in 1 row, "
        "such as 2024-02-01; its year never varied in training and has no effect"
    )


def test_dates_of_digits_alone(csv_file):
    data = load(csv_file("d,y\n20230105,1.5\n20230106,2.5\n20240229,4.5\n"))
    fitted = Preprocessing.fit(data, np.arange(3))
    assert fitted.encoder.columns[0].written.date == "yearmonthday"
    frame = pd.DataFrame({"d": [20240229, np.nan]})
    np.testing.assert_array_equal(fitted.transform(frame), [fitted.transform(data)[2], np.zeros(4)])
    numbers = load(csv_file("d,y\n20230105,1.5\n20231306,2.5\n20240229,4.5\n"))
    assert numbers.x["d"].dtype == np.float64


def test_dates_of_a_frame_are_dates():
    days = pd.Series(pd.to_datetime(["2020-01-05", None, "2021-03-07", "2022-05-09"]))
    data = Dataset.from_arrays(pd.DataFrame({"d": days, "e": days.dt.date}), np.arange(4.0))
    fitted = Preprocessing.fit(data, np.arange(4))
    assert fitted.encoder.shape == (10,)
    assert Preprocessing.from_json(fitted.to_json()) == fitted
    zoned = pd.DataFrame({"d": days.dt.tz_localize("Asia/Tokyo"), "e": days.astype(str)})
    zoned["e"] = [None if text == "NaT" else text for text in zoned["e"]]
    np.testing.assert_array_equal(fitted.transform(zoned), fitted.transform(data))


@pytest.mark.parametrize(
    "change",
    [
        {"decimal": "x"}, {"thousands": "."}, {"before": "kg"}, {"before": "€", "behind": "%"},
        {"date": "today"}, {"na": 1}, {"decimal": None},
    ],
)  # fmt: skip
def test_json_that_is_no_format(change):
    with pytest.raises((TypeError, ValueError)):
        CellFormat.from_json({**PLAIN.to_json(), **change})
    with pytest.raises(TypeError):
        CellFormat.from_json([])
