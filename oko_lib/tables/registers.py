"""Registers: municipalities, schools, their logins and their context."""

from oko_lib.tables.definition import Column, ColumnType, Table

MUNICIPALITY_CODE = Column(
    "municipality_code", ColumnType.STRING, "Код муниципалитета", "Код ФИС ОКО вида reg24_m012.", nullable=False
)
LOGIN = Column(
    "login",
    ColumnType.STRING,
    "Логин ОО",
    "Логин ОО в ФИС ОКО: schNNNNNN до 2021 года, eduNNNNNN с 2022.",
    nullable=False,
)
YEAR = Column("year", ColumnType.INT, "Год", "Календарный год процедуры.", nullable=False, minimum=2015, maximum=2100)

MUNICIPALITIES = Table(
    name="municipalities",
    title_ru="Муниципалитеты",
    grain_ru="муниципалитет",
    columns=(
        MUNICIPALITY_CODE,
        Column("municipality_name", ColumnType.STRING, "Муниципалитет", "Название, как в ФИС ОКО.", nullable=False),
        Column("region_code", ColumnType.STRING, "Код региона", "Две цифры из логина.", nullable=False),
        Column("region_name", ColumnType.STRING, "Регион"),
    ),
    key=("municipality_code",),
    slice_key=("municipality_code",),
)

SCHOOLS = Table(
    name="schools",
    title_ru="Школы по годам",
    grain_ru="логин ОО × год, как школа названа в файлах этого года",
    columns=(
        LOGIN,
        YEAR,
        Column("school_name", ColumnType.STRING, "Название ОО", nullable=False),
        Column("municipality_code", ColumnType.STRING, "Код муниципалитета", "Пусто, если файл его не называет."),
        Column("municipality_name", ColumnType.STRING, "Муниципалитет", "Название, как в файле."),
        Column("school_kind", ColumnType.STRING, "Вид ОО", "СОШ, ООШ, НОШ, гимназия, лицей …"),
    ),
    key=("login", "year"),
    slice_key=("login", "year"),
)

SCHOOL_LOGINS = Table(
    name="school_logins",
    title_ru="История логинов",
    grain_ru="логин ОО",
    columns=(
        LOGIN,
        Column(
            "school_id",
            ColumnType.STRING,
            "Школа",
            "Постоянный идентификатор школы: её действующий логин. Логин, которого в этом справочнике нет, — сам себе "
            "школа.",
            nullable=False,
        ),
        Column("valid_from", ColumnType.INT, "С какого года"),
        Column("valid_to", ColumnType.INT, "По какой год", "Пусто у действующего логина."),
    ),
    key=("login",),
    slice_key=("login",),
)

SCHOOL_CONTEXT = Table(
    name="school_context_by_year",
    title_ru="Контекст школ по годам",
    grain_ru="школа × год",
    columns=(
        LOGIN,
        YEAR,
        Column("place_type", ColumnType.STRING, "Тип населённого пункта", "город, посёлок, село …"),
        Column("place_population", ColumnType.INT, "Население пункта, чел.", minimum=0),
        Column("pupils", ColumnType.INT, "Обучающихся, чел.", minimum=0),
        Column("teachers", ColumnType.INT, "Учителей, чел.", minimum=0),
        Column("teachers_top_category", ColumnType.INT, "Учителей высшей категории, чел.", minimum=0),
        Column("teachers_under_30", ColumnType.INT, "Учителей до 30 лет, чел.", minimum=0),
        Column("is_boarding", ColumnType.BOOL, "Интернат"),
        Column("is_correctional", ColumnType.BOOL, "Коррекционная"),
        Column("is_evening", ColumnType.BOOL, "Вечерняя"),
    ),
    key=("login", "year"),
    slice_key=("login", "year"),
)
