"""Olympiads and contests: results by participant, the yearly register of events, observers at procedures."""

from oko_lib.tables.definition import Column, ColumnType, Table
from oko_lib.tables.registers import LOGIN, YEAR

#: Stages of the all-Russian olympiad from the first to the last.
OLYMPIAD_STAGES = ("school", "municipal", "regional", "final")
#: Stages of a listed event: who gets to the final is decided at the qualifying one.
CONTEST_STAGES = ("qualifying", "final")
#: What a participant of an olympiad or a contest ends with.
STATUSES = ("winner", "prize_winner", "participant")
#: Lists of events: of the two federal ministries, of the region, of the municipality.
EVENT_LISTS = ("federal_education", "federal_science", "regional", "municipal")
EVENT_KINDS = ("olympiad", "contest", "project", "sport", "art", "other")
#: Procedures at which observers are counted.
PROCEDURE_KINDS = ("ВПР", "КДР", "ВсОШ", "ОГЭ", "ЕГЭ")

PARTICIPANT_CODE = Column(
    "participant_code",
    ColumnType.STRING,
    "Код участника",
    "Код из протокола без имени; где кода нет — ключ ученика.",
    nullable=False,
    words="code",
)
PUPIL_KEY = Column(
    "pupil_key",
    ColumnType.STRING,
    "Ключ ученика",
    "Постоянный псевдоним ученика: связывает его участия в разных этапах, предметах и годах. Не имя и не СНИЛС.",
    words="code",
)
_PRESENT = Column("present", ColumnType.BOOL, "Присутствовал", "Пустая ячейка — присутствовал.", nullable=False)
_STATUS_RU = "winner — победитель, prize_winner — призёр, participant — участник; "
_DISABILITY = Column("has_disability", ColumnType.BOOL, "ОВЗ", "Пусто — не сообщается.")
_EVENT_LIST = Column(
    "event_list",
    ColumnType.STRING,
    "Перечень",
    "federal_education — перечень Минпросвещения России, federal_science — перечень Минобрнауки России, "
    "regional — значимые мероприятия региона, municipal — муниципалитета.",
    nullable=False,
    allowed=EVENT_LISTS,
    words="event_lists",
)
_EVENT = Column("event", ColumnType.STRING, "Мероприятие", "Название, как в перечне.", nullable=False)


def _count(name: str, title_ru: str, description_ru: str = "", *, nullable: bool = True) -> Column:
    return Column(name, ColumnType.INT, title_ru, description_ru, nullable=nullable, minimum=0)


OLYMPIAD_RESULTS = Table(
    name="olympiad_results_by_participant",
    title_ru="Результаты всероссийской олимпиады школьников по участникам",
    grain_ru="участник × предмет × класс участия × этап × год",
    columns=(
        YEAR,
        Column(
            "stage",
            ColumnType.STRING,
            "Этап",
            "school — школьный, municipal — муниципальный, regional — региональный, final — заключительный.",
            nullable=False,
            allowed=OLYMPIAD_STAGES,
            words="olympiad_stages",
        ),
        Column(
            "subject",
            ColumnType.STRING,
            "Предмет",
            "Название по справочнику предметов; предметы, которые бывают только на олимпиаде, тоже из него.",
            nullable=False,
            words="olympiad_subjects",
        ),
        LOGIN,
        PARTICIPANT_CODE,
        PUPIL_KEY,
        Column(
            "grade",
            ColumnType.INT,
            "Класс участия",
            "За какой класс выполнены задания: ученик вправе выступать за более старший класс.",
            nullable=False,
            minimum=4,
            maximum=11,
        ),
        Column("pupil_grade", ColumnType.INT, "Класс обучения", "В каком классе учится.", minimum=1, maximum=11),
        Column("class_label", ColumnType.STRING, "Класс", "Номер и литера, как в файле."),
        _PRESENT,
        Column("score", ColumnType.FLOAT, "Балл", "Сумма баллов; пусто у отсутствовавших.", minimum=0),
        Column("max_score", ColumnType.FLOAT, "Максимальный балл", "Для класса участия.", minimum=0.5),
        Column("place", ColumnType.INT, "Место", "Первое из мест, если их делят несколько участников.", minimum=1),
        Column(
            "status",
            ColumnType.STRING,
            "Статус",
            _STATUS_RU + "пусто только у отсутствовавших.",
            allowed=STATUSES,
            words="statuses",
        ),
        _DISABILITY,
    ),
    key=("year", "stage", "subject", "grade", "login", "participant_code"),
    slice_key=("year", "stage", "subject", "login"),
    partition_by=("year",),
    personal=True,
)

CONTEST_RESULTS = Table(
    name="contest_results_by_participant",
    title_ru="Результаты мероприятий из перечней по участникам",
    grain_ru="участник × мероприятие × профиль × этап × год",
    columns=(
        YEAR,
        _EVENT_LIST,
        _EVENT,
        Column(
            "profile",
            ColumnType.STRING,
            "Профиль",
            "Предмет или направление мероприятия; пустой текст, если оно одно.",
            nullable=False,
        ),
        Column(
            "stage",
            ColumnType.STRING,
            "Этап",
            "qualifying — отборочный, final — заключительный.",
            nullable=False,
            allowed=CONTEST_STAGES,
            words="contest_stages",
        ),
        LOGIN,
        PARTICIPANT_CODE,
        PUPIL_KEY,
        Column("grade", ColumnType.INT, "Класс", "В каком классе учится.", minimum=1, maximum=11),
        _PRESENT,
        Column(
            "status",
            ColumnType.STRING,
            "Статус",
            _STATUS_RU + "на отборочном этапе — его итог. Пусто только у отсутствовавших.",
            allowed=STATUSES,
            words="statuses",
        ),
        Column("team", ColumnType.BOOL, "Команда", "Участвовал в составе команды; пусто — не сообщается."),
        _DISABILITY,
    ),
    key=("year", "event_list", "event", "profile", "stage", "login", "participant_code"),
    slice_key=("year", "event_list", "event", "profile", "stage", "login"),
    partition_by=("year",),
    personal=True,
)

LISTED_EVENTS = Table(
    name="listed_events_by_year",
    title_ru="Перечни мероприятий по годам",
    grain_ru="мероприятие × перечень × год",
    columns=(
        YEAR,
        _EVENT_LIST,
        _EVENT,
        Column(
            "event_kind",
            ColumnType.STRING,
            "Вид",
            "olympiad — олимпиада, contest — конкурс, project — проектный или исследовательский конкурс, sport — "
            "спортивное, art — творческое, other — иное.",
            allowed=EVENT_KINDS,
            words="event_kinds",
        ),
        Column("organiser", ColumnType.STRING, "Организатор"),
    ),
    key=("year", "event_list", "event"),
    slice_key=("year", "event_list", "event"),
)

OBSERVERS = Table(
    name="observers_by_procedure",
    title_ru="Наблюдатели на оценочных процедурах",
    grain_ru="площадка × процедура × этап × предмет × класс × год",
    columns=(
        YEAR,
        Column(
            "procedure_kind",
            ColumnType.STRING,
            "Процедура",
            nullable=False,
            allowed=PROCEDURE_KINDS,
            words="procedure_kinds",
        ),
        Column(
            "stage",
            ColumnType.STRING,
            "Этап",
            "Этап олимпиады (school, municipal, regional, final); у других процедур — пустой текст.",
            nullable=False,
            allowed=("", *OLYMPIAD_STAGES),
            words="olympiad_stages",
        ),
        Column(
            "subject",
            ColumnType.STRING,
            "Предмет",
            "Название по справочнику предметов; «все», если сведения обо всех работах.",
            nullable=False,
            words="all_subjects",
        ),
        Column(
            "grade",
            ColumnType.INT,
            "Класс",
            "0, если сведения обо всех классах.",
            nullable=False,
            minimum=0,
            maximum=11,
        ),
        LOGIN,
        _count("rooms", "Аудиторий", "Аудиторий, где шла работа."),
        _count("rooms_with_video", "Аудиторий с видеонаблюдением", "Часть аудиторий."),
        _count("observers", "Наблюдателей", "Всех наблюдателей на площадке, чел."),
        _count(
            "independent_observers",
            "Независимых наблюдателей",
            "Наблюдателей, не работающих в этой школе и не связанных с её участниками, чел.",
            nullable=False,
        ),
        _count("own_school_observers", "Наблюдателей своей школы", "Работников этой школы, чел."),
        Column("regulation", ColumnType.BOOL, "Регламент утверждён", "Есть ли локальный акт о регламенте проведения."),
    ),
    key=("year", "procedure_kind", "stage", "subject", "grade", "login"),
    slice_key=("year", "procedure_kind", "stage", "subject", "grade", "login"),
)
