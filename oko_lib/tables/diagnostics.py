"""Regional diagnostic works (КДР): levels reached, by participant and by school."""

from oko_lib.tables.definition import Column, ColumnType, Table
from oko_lib.tables.registers import LOGIN, YEAR
from oko_lib.tables.vpr import GRADE

#: Functional literacies the works test.
DOMAINS = ("reading_literacy", "science_literacy", "mathematical_literacy")
#: Levels from the lowest up.
LEVELS = ("insufficient", "reduced", "basic", "advanced")

DOMAIN = Column(
    "domain",
    ColumnType.STRING,
    "Диагностическая работа",
    "reading_literacy — читательская грамотность, science_literacy — естественнонаучная, "
    "mathematical_literacy — математическая.",
    nullable=False,
    allowed=DOMAINS,
    words="domains",
)

DIAGNOSTIC_RESULTS = Table(
    name="diagnostic_results_by_participant",
    title_ru="Результаты диагностических работ по участникам",
    grain_ru="участник × диагностическая работа × класс программы × год",
    columns=(
        YEAR,
        DOMAIN,
        GRADE,
        LOGIN,
        Column(
            "participant_code",
            ColumnType.STRING,
            "Код участника",
            "Код из протокола; имён в данных нет.",
            nullable=False,
            words="code",
        ),
        Column(
            "pupil_key",
            ColumnType.STRING,
            "Ключ ученика",
            "Постоянный псевдоним ученика: связывает его работы разных лет. Не имя и не СНИЛС.",
            words="code",
        ),
        Column("class_label", ColumnType.STRING, "Класс", "Номер и литера, как в файле."),
        Column("present", ColumnType.BOOL, "Присутствовал", "Пустая ячейка — присутствовал.", nullable=False),
        Column("score_pct", ColumnType.FLOAT, "Процент выполнения", "От 0 до 100.", minimum=0, maximum=100),
        Column(
            "level",
            ColumnType.STRING,
            "Уровень",
            "insufficient — недостаточный, reduced — пониженный, basic — базовый, advanced — повышенный; пусто только "
            "у отсутствовавших.",
            allowed=LEVELS,
            words="levels",
        ),
        Column(
            "disability",
            ColumnType.STRING,
            "ОВЗ (нозология)",
            "Код нозологии по parameters/levels.yaml; пусто — нет ОВЗ.",
            words="nosologies",
        ),
        Column("at_risk", ColumnType.BOOL, "Группа риска", "Пусто — не сообщается."),
        Column("other_native_language", ColumnType.BOOL, "Неродной русский", "Пусто — не сообщается."),
        Column("low_income", ColumnType.BOOL, "Малообеспеченная семья", "Пусто — не сообщается."),
    ),
    key=("year", "domain", "grade", "login", "participant_code"),
    slice_key=("year", "domain", "grade", "login"),
    partition_by=("year",),
    personal=True,
)


def _level_count(name: str, title_ru: str) -> Column:
    return Column(name, ColumnType.INT, title_ru, "Участников с таким уровнем.", nullable=False, minimum=0)


DIAGNOSTIC_COUNTS = Table(
    name="diagnostic_counts_by_school",
    title_ru="Итоги диагностических работ по школам",
    grain_ru="школа × диагностическая работа × класс программы × группа учеников × год",
    columns=(
        YEAR,
        DOMAIN,
        GRADE,
        LOGIN,
        Column(
            "pupil_group",
            ColumnType.STRING,
            "Группа",
            "«все» или код группы по parameters/levels.yaml (нозология ОВЗ, группа риска …).",
            nullable=False,
            words="pupil_groups",
        ),
        Column("n_participants", ColumnType.INT, "Участников", nullable=False, minimum=0),
        _level_count("n_insufficient", "Недостаточный"),
        _level_count("n_reduced", "Пониженный"),
        _level_count("n_basic", "Базовый"),
        _level_count("n_advanced", "Повышенный"),
    ),
    key=("year", "domain", "grade", "login", "pupil_group"),
    slice_key=("year", "domain", "grade", "login", "pupil_group"),
)
