"""Quality of training: skills behind tasks, graduates, adapted programmes, schools' own assessment, exam tasks."""

from oko_lib.tables.definition import Column, ColumnType, Table
from oko_lib.tables.diagnostics import DOMAIN
from oko_lib.tables.exams import EXAM, EXAM_SUBJECT
from oko_lib.tables.registers import LOGIN, YEAR
from oko_lib.tables.vpr import GRADE, SUBJECT

#: Difficulty of a task from the lowest up: basic, raised, high.
DIFFICULTIES = ("Б", "П", "В")
#: General education that ends with grade 9 and that which ends with grade 11.
EDUCATION_LEVELS = ("basic", "secondary")

_TASK = Column(
    "task", ColumnType.STRING, "Задание", "Номер, как в vpr_tasks: 1, 4К1, 9.1.", nullable=False, words="task"
)
_DIFFICULTY = Column(
    "level",
    ColumnType.STRING,
    "Уровень",
    "Б — базовый, П — повышенный, В — высокий.",
    allowed=DIFFICULTIES,
    words="difficulties",
)


def _count(name: str, title_ru: str, description_ru: str = "", *, nullable: bool = True) -> Column:
    return Column(name, ColumnType.INT, title_ru, description_ru, nullable=nullable, minimum=0)


TASK_SKILLS = Table(
    name="task_skills",
    title_ru="Умения, которые проверяют задания",
    grain_ru="задание × класс программы × предмет × год",
    columns=(
        YEAR,
        SUBJECT,
        GRADE,
        _TASK,
        Column("skill_code", ColumnType.STRING, "Код умения", "По кодификатору или свой.", nullable=False),
        Column("skill", ColumnType.STRING, "Умение", "Проверяемое умение словами.", nullable=False),
        _DIFFICULTY,
        Column("max_score", ColumnType.INT, "Макс. балл", minimum=1),
    ),
    key=("year", "subject", "grade", "task"),
    slice_key=("year", "subject", "grade"),
)

GRADUATES = Table(
    name="graduates_by_school",
    title_ru="Завершение обучения и дальнейший путь выпускников",
    grain_ru="школа × уровень образования × год",
    columns=(
        YEAR,
        LOGIN,
        Column(
            "education_level",
            ColumnType.STRING,
            "Уровень образования",
            "basic — основное общее (9 класс), secondary — среднее общее (11 класс).",
            nullable=False,
            allowed=EDUCATION_LEVELS,
            words="education_levels",
        ),
        _count("started", "Начали обучение", "Обучались в выпускном классе на начало года, чел.", nullable=False),
        _count("finished", "Завершили обучение", "Получили аттестат, чел.", nullable=False),
        _count(
            "without_certificate",
            "Не получили аттестат",
            "Не завершили обучение по результатам итоговой аттестации, чел.",
            nullable=False,
        ),
        _count("continued_school", "Продолжили в 10 классе", "Чел.; после 9 класса."),
        _count("continued_vocational", "Поступили в ПОО", "В профессиональные образовательные организации, чел."),
        _count("continued_university", "Поступили в вуз", "Чел.; после 11 класса."),
        _count("employed", "Трудоустроены", "Работают и не учатся, чел."),
        _count("not_continuing", "Не продолжили образование", "Не учатся нигде, чел."),
    ),
    key=("year", "login", "education_level"),
    slice_key=("year", "login", "education_level"),
)

ADAPTED_PROGRAMMES = Table(
    name="adapted_programmes_by_school",
    title_ru="Адаптированные программы по школам и нозологиям",
    grain_ru="школа × нозология × год",
    columns=(
        YEAR,
        LOGIN,
        Column(
            "disability",
            ColumnType.STRING,
            "Нозология",
            "Код нозологии по parameters/levels.yaml.",
            nullable=False,
            words="nosologies",
        ),
        _count("pupils", "Обучающихся", "Чел. с этой нозологией.", nullable=False),
        Column(
            "programme_approved",
            ColumnType.BOOL,
            "АООП утверждена",
            "Есть ли утверждённая адаптированная основная образовательная программа.",
            nullable=False,
        ),
        Column(
            "internal_assessment",
            ColumnType.BOOL,
            "Внутренняя система оценки",
            "Включены ли эти дети во внутреннюю систему оценки качества.",
        ),
        _count("assessed", "Прошли КДР", "Чел.; часть обучающихся."),
    ),
    key=("year", "login", "disability"),
    slice_key=("year", "login", "disability"),
)


def _level_count(name: str, title_ru: str) -> Column:
    return _count(name, title_ru, "Участников с таким уровнем.", nullable=False)


INTERNAL_LEVELS = Table(
    name="internal_levels_by_class",
    title_ru="Внутренняя аттестация по функциональной грамотности по классам",
    grain_ru="класс × вид грамотности × класс программы × год",
    columns=(
        YEAR,
        LOGIN,
        DOMAIN,
        GRADE,
        Column("class_label", ColumnType.STRING, "Класс", "Номер и литера, например 7А.", nullable=False),
        _count("n_participants", "Участников", nullable=False),
        _level_count("n_insufficient", "Недостаточный"),
        _level_count("n_reduced", "Пониженный"),
        _level_count("n_basic", "Базовый"),
        _level_count("n_advanced", "Повышенный"),
    ),
    key=("year", "login", "domain", "grade", "class_label"),
    slice_key=("year", "login", "domain", "grade", "class_label"),
)

EXAM_TASKS = Table(
    name="exam_tasks_by_school",
    title_ru="Выполнение заданий экзаменов по школам",
    grain_ru="задание × школа × экзамен × предмет × год",
    columns=(
        YEAR,
        EXAM,
        EXAM_SUBJECT,
        LOGIN,
        _TASK,
        _count("n_participants", "Участников", "Сдававших в школе, чел.", nullable=False),
        Column(
            "completion_pct",
            ColumnType.FLOAT,
            "Процент выполнения",
            "Сумма полученных баллов к сумме возможных, от 0 до 100.",
            nullable=False,
            minimum=0,
            maximum=100,
        ),
        Column("skill", ColumnType.STRING, "Умение", "Проверяемое умение словами."),
        _DIFFICULTY,
    ),
    key=("year", "exam", "subject", "login", "task"),
    slice_key=("year", "exam", "subject", "login"),
)
