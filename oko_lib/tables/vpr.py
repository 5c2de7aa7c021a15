"""ВПР: results by participant, tasks, aggregated report rows, score scales."""

from oko_lib.tables.definition import Column, ColumnType, Table
from oko_lib.tables.registers import LOGIN, YEAR

GRADE = Column(
    "grade",
    ColumnType.INT,
    "Класс программы",
    "За какой класс написана работа; осенью 2020 года ученики 6 класса писали работу за 5.",
    nullable=False,
    minimum=1,
    maximum=11,
)
SUBJECT = Column("subject", ColumnType.STRING, "Предмет", "Название по справочнику предметов.", nullable=False)

#: Value of an element of ``task_scores`` that means «X»: the pupil did not start the task.
NOT_ATTEMPTED = -1

VPR_RESULTS = Table(
    name="vpr_results_by_participant",
    title_ru="Результаты ВПР по участникам",
    grain_ru="участник × предмет × класс программы × год",
    columns=(
        YEAR,
        GRADE,
        SUBJECT,
        LOGIN,
        Column(
            "participant_code",
            ColumnType.STRING,
            "Код участника",
            "Код из протокола; имён в данных нет.",
            nullable=False,
        ),
        Column(
            "pupil_grade",
            ColumnType.INT,
            "Класс обучения",
            "В каком классе ученик, если отличается от класса программы.",
        ),
        Column(
            "class_label",
            ColumnType.STRING,
            "Класс",
            "Номер класса по порядку или литера, как в файле после нормализации.",
        ),
        Column("teacher_code", ColumnType.STRING, "Код учителя", "Если его собирают."),
        Column("gender", ColumnType.STRING, "Пол", allowed=("м", "ж")),
        Column("variant", ColumnType.STRING, "Вариант", "Для работы из двух частей — через косую черту."),
        Column("present", ColumnType.BOOL, "Присутствовал", nullable=False),
        Column("form_id", ColumnType.STRING, "Форма работы", "Ссылка на набор заданий в vpr_tasks."),
        Column(
            "task_scores",
            ColumnType.INT_LIST,
            "Баллы за задания",
            "По порядку заданий формы; −1 — не приступал (X), пусто — нет данных.",
        ),
        Column("primary_score", ColumnType.INT, "Первичный балл", "Пусто у отсутствовавших.", minimum=0),
        Column("mark", ColumnType.INT, "Отметка", "Отметка за ВПР, если файл её содержит.", minimum=2, maximum=5),
        Column("journal_mark", ColumnType.INT, "Отметка по журналу", "Пусто, если отметки нет.", minimum=2, maximum=5),
    ),
    key=("year", "grade", "subject", "login", "participant_code"),
    slice_key=("year", "grade", "subject", "login"),
    partition_by=("year",),
    personal=True,
)

VPR_TASKS = Table(
    name="vpr_tasks",
    title_ru="Задания ВПР",
    grain_ru="задание формы работы",
    columns=(
        YEAR,
        GRADE,
        SUBJECT,
        Column(
            "form_id",
            ColumnType.STRING,
            "Форма работы",
            "Отпечаток года, класса, предмета и набора заданий.",
            nullable=False,
        ),
        Column(
            "position",
            ColumnType.INT,
            "Место в списке",
            "С нуля; по нему читается task_scores.",
            nullable=False,
            minimum=0,
        ),
        Column("label", ColumnType.STRING, "Задание", "Номер, как в заголовке: 1, 4К1, 9.1.", nullable=False),
        Column("max_score", ColumnType.INT, "Макс. балл", "Пусто, если файл его не называет.", minimum=0),
        Column("level", ColumnType.STRING, "Уровень сложности", allowed=("Б", "П", "В")),
    ),
    key=("form_id", "position"),
    slice_key=("form_id",),
)

VPR_AGGREGATES = Table(
    name="vpr_aggregates",
    title_ru="Строки сводных отчётов ФИС ОКО",
    grain_ru="отчёт × год × класс × предмет × группа участников × показатель",
    columns=(
        Column(
            "report",
            ColumnType.STRING,
            "Отчёт",
            "marks — «Статистика по отметкам», journal — «Сравнение отметок с отметками по журналу», "
            "scores — «Распределение первичных баллов».",
            nullable=False,
            allowed=("marks", "journal", "scores"),
        ),
        YEAR,
        GRADE,
        SUBJECT,
        Column(
            "level",
            ColumnType.STRING,
            "Уровень",
            nullable=False,
            allowed=("country", "region", "municipality", "school"),
        ),
        Column(
            "unit_code",
            ColumnType.STRING,
            "Код группы",
            "RU — вся выборка, название региона — регион (у него нет кода), reg24_m012 — муниципалитет, логин — школа.",
            nullable=False,
        ),
        Column("unit_name", ColumnType.STRING, "Группа участников", nullable=False),
        Column(
            "measure",
            ColumnType.STRING,
            "Показатель",
            "n_schools, n_participants; mark_2_pct … mark_5_pct; lowered_pct, lowered_n, confirmed_pct, confirmed_n, "
            "raised_pct, raised_n; score_0_pct, score_1_pct …",
            nullable=False,
        ),
        Column("value", ColumnType.FLOAT, "Значение", "Проценты — от 0 до 100, как в отчёте."),
    ),
    key=("report", "year", "grade", "subject", "unit_code", "measure"),
    slice_key=("report", "year", "grade", "subject", "unit_code"),
    partition_by=("year",),
)

SCORE_SCALES = Table(
    name="score_scales",
    title_ru="Шкалы перевода баллов в отметки",
    grain_ru="год × класс программы × предмет",
    columns=(
        YEAR,
        GRADE,
        SUBJECT,
        Column("max_score", ColumnType.INT, "Максимальный балл", nullable=False, minimum=1),
        Column(
            "mark3_min", ColumnType.INT, "«3» начинается с", "Балл, с которого ставится «3».", nullable=False, minimum=1
        ),
        Column("mark4_min", ColumnType.INT, "«4» начинается с", nullable=False, minimum=1),
        Column("mark5_min", ColumnType.INT, "«5» начинается с", nullable=False, minimum=1),
        Column("source", ColumnType.STRING, "Источник", nullable=False),
        Column("note", ColumnType.STRING, "Примечание"),
    ),
    key=("year", "grade", "subject"),
    slice_key=("year", "grade", "subject"),
)
