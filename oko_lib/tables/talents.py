"""Work of schools with gifted children: enrolment by grade and what is done for talents."""

from oko_lib.tables.definition import Column, ColumnType, Table
from oko_lib.tables.registers import LOGIN, YEAR


def _count(name: str, title_ru: str, description_ru: str = "", *, nullable: bool = True) -> Column:
    return Column(name, ColumnType.INT, title_ru, description_ru, nullable=nullable, minimum=0)


ENROLMENT = Table(
    name="enrolment_by_grade",
    title_ru="Контингент по классам",
    grain_ru="школа × класс × год",
    columns=(
        YEAR,
        LOGIN,
        Column("grade", ColumnType.INT, "Класс", "Параллель.", nullable=False, minimum=1, maximum=11),
        _count("pupils", "Обучающихся", "Чел. во всех классах параллели.", nullable=False),
        _count("classes", "Классов", "Классов-комплектов в параллели."),
        _count(
            "classes_advanced",
            "Профильных и углублённых классов",
            "Классов с углублённым изучением отдельных предметов, профильных и предпрофильных.",
        ),
        _count("pupils_advanced", "Обучающихся в профильных и углублённых классах", "Чел."),
        _count("pupils_with_disabilities", "Обучающихся с ОВЗ", "Чел."),
    ),
    key=("year", "login", "grade"),
    slice_key=("year", "login", "grade"),
)

TALENT_SUPPORT = Table(
    name="talent_support_by_school",
    title_ru="Работа школ с одарёнными детьми по годам",
    grain_ru="школа × год",
    columns=(
        YEAR,
        LOGIN,
        _count(
            "pupils_talent_events",
            "Охвачены мероприятиями для одарённых",
            "Обучающихся 5–11 классов, охваченных выявлением и сопровождением; каждый — один раз.",
        ),
        _count("pupils_individual_programme", "Обучаются по ИОП", "По индивидуальным образовательным программам, чел."),
        _count("pupils_individual_plan", "Обучаются по ИУП", "По индивидуальным учебным планам, чел."),
        _count("pupils_sirius", "В реестре «Талант и успех»", "Внесены в государственный информационный ресурс, чел."),
        _count("pupils_additional_education", "Охвачены дополнительным образованием", "Чел.; каждый — один раз."),
        _count(
            "pupils_additional_education_talent",
            "Дополнительное образование: таланты",
            "Охвачены дополнительным образованием, развивающим способности и таланты, чел.",
        ),
        _count("programmes_additional", "Программ дополнительного образования"),
        _count(
            "programmes_additional_talent",
            "Программ стартапа и персонифицированных",
            "Программ уровня стартапа и персонифицированных, направленных на развитие талантов; часть всех программ.",
        ),
        _count(
            "pupils_network", "В сетевых программах", "Чел. в программах межмуниципального, сетевого взаимодействия."
        ),
        _count("programmes_network_individual", "Сетевых программ для ИОП"),
        _count("programmes_network_plan", "Сетевых программ для ИУП"),
        Column(
            "interagency_programme",
            ColumnType.BOOL,
            "Межведомственная программа",
            "Реализует ли школа программу межведомственного взаимодействия.",
        ),
        _count("navigator_requests", "Запросов к навигатору", "Обращений к навигатору дополнительного образования."),
        _count("teachers", "Педагогов", "Чел."),
        _count(
            "teachers_trained_gifted",
            "Подготовлены к работе с одарёнными",
            "Педагогов, прошедших специальную подготовку, чел.",
        ),
        _count("psychologists", "Педагогов-психологов", "Чел."),
        _count("psychologists_trained_gifted", "Психологов подготовлено", "К работе с одарёнными, чел."),
        _count(
            "psychologists_identifying",
            "Психологов, выявляющих одарённых",
            "Педагогов-психологов, выявляющих одарённых по специальным методикам, чел.",
        ),
        _count("mentors", "Наставников", "Педагогов-наставников, чел."),
        _count("mentors_awarded", "Наставников — победителей конкурса", "Победителей и призёров конкурса, чел."),
        _count(
            "programmes_university",
            "Программ ВО и ПОО для подготовки",
            "Программ вузов и ПОО, способствующих подготовке школьников к мероприятиям из перечней.",
        ),
        _count("programmes_university_all", "Программ ВО и ПОО всего"),
    ),
    key=("year", "login"),
    slice_key=("year", "login"),
)
