"""State exams (ОГЭ, ЕГЭ, ГВЭ): results by participant and counts by school."""

from oko_lib.tables.definition import Column, ColumnType, Table
from oko_lib.tables.registers import LOGIN, YEAR

#: Exams there are; ГВЭ is kept apart by the grade it ends, because its scales differ.
EXAMS = ("ОГЭ", "ЕГЭ", "ГВЭ-9", "ГВЭ-11")

EXAM = Column("exam", ColumnType.STRING, "Экзамен", nullable=False, allowed=EXAMS, words="exams")
EXAM_SUBJECT = Column(
    "subject",
    ColumnType.STRING,
    "Предмет",
    "Название по справочнику предметов; на ЕГЭ «Математика базовая» и «Математика профильная» — два предмета.",
    nullable=False,
    words="exam_subjects",
)


def _count(name: str, title_ru: str, description_ru: str = "") -> Column:
    return Column(name, ColumnType.INT, title_ru, description_ru, minimum=0)


EXAM_RESULTS = Table(
    name="exam_results_by_participant",
    title_ru="Результаты экзаменов по участникам",
    grain_ru="участник × экзамен × предмет × год",
    columns=(
        YEAR,
        EXAM,
        EXAM_SUBJECT,
        LOGIN,
        Column(
            "participant_code",
            ColumnType.STRING,
            "Код участника",
            "Код без имени: номер по списку или идентификатор РИС ГИА.",
            nullable=False,
            words="code",
        ),
        Column("class_label", ColumnType.STRING, "Класс", "Номер и литера, как в файле."),
        Column("present", ColumnType.BOOL, "Присутствовал", "Пустая ячейка — присутствовал.", nullable=False),
        Column("primary_score", ColumnType.INT, "Первичный балл", "Пусто у отсутствовавших.", minimum=0, maximum=200),
        Column("test_score", ColumnType.INT, "Тестовый балл", "Только у ЕГЭ, от 0 до 100.", minimum=0, maximum=100),
        Column(
            "mark",
            ColumnType.INT,
            "Отметка",
            "Как дана: из баллов не пересчитывается (у ОГЭ по математике правило составное).",
            minimum=2,
            maximum=5,
        ),
    ),
    key=("year", "exam", "subject", "login", "participant_code"),
    slice_key=("year", "exam", "subject", "login"),
    partition_by=("year",),
    personal=True,
)

EXAM_COUNTS = Table(
    name="exam_counts_by_school",
    title_ru="Итоги экзаменов по школам",
    grain_ru="школа × экзамен × предмет × год",
    columns=(
        YEAR,
        EXAM,
        EXAM_SUBJECT,
        LOGIN,
        Column(
            "n_participants",
            ColumnType.INT,
            "Участников",
            "Сколько человек получили результат.",
            nullable=False,
            minimum=0,
        ),
        _count("n_mark_2", "Получили «2»"),
        _count("n_mark_3", "Получили «3»"),
        _count("n_mark_4", "Получили «4»"),
        _count("n_mark_5", "Получили «5»"),
        _count("n_below_threshold", "Не преодолели порог", "Ниже минимального балла (отметки «3»)."),
        _count("n_above_60", "Более 60 баллов", "Тестовый балл ЕГЭ больше 60; ровно 60 сюда не входит."),
        Column("mean_test_score", ColumnType.FLOAT, "Средний тестовый балл", "Только у ЕГЭ.", minimum=0, maximum=100),
    ),
    key=("year", "exam", "subject", "login"),
    slice_key=("year", "exam", "subject", "login"),
)
