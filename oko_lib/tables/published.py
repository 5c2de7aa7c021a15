"""What others published or appointed: lists of schools and the control group."""

from oko_lib.tables.definition import Column, ColumnType, Table
from oko_lib.tables.registers import LOGIN, YEAR

PUBLISHED_LISTS = Table(
    name="published_lists",
    title_ru="Списки школ, опубликованные другими",
    grain_ru="список × год × школа × признак",
    columns=(
        Column(
            "list_kind",
            ColumnType.STRING,
            "Список",
            "biased_results — с признаками необъективности, low_results — ШНОР, adverse_conditions — ШНСУ.",
            nullable=False,
            allowed=("biased_results", "low_results", "adverse_conditions"),
        ),
        YEAR,
        LOGIN,
        Column("school_name", ColumnType.STRING, "Название ОО"),
        Column("sign", ColumnType.STRING, "Признак", "По какому признаку включена, словами источника.", nullable=False),
        Column(
            "source", ColumnType.STRING, "Источник", "Письмо, приказ или страница, откуда взят список.", nullable=False
        ),
    ),
    key=("list_kind", "year", "login", "sign"),
    slice_key=("list_kind", "year", "source"),
)

CONTROL_GROUP = Table(
    name="control_group_schools",
    title_ru="Школы с независимыми наблюдателями",
    grain_ru="год × школа × предмет × класс",
    columns=(
        YEAR,
        LOGIN,
        Column("subject", ColumnType.STRING, "Предмет", "«все», если наблюдали все работы.", nullable=False),
        Column(
            "grade", ColumnType.INT, "Класс", "0, если наблюдали все классы.", nullable=False, minimum=0, maximum=11
        ),
        Column("source", ColumnType.STRING, "Источник", nullable=False),
    ),
    key=("year", "login", "subject", "grade"),
    slice_key=("year", "source"),
)
