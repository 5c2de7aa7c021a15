"""Conditions a school works in and the support it gets: attendance, social passport, help for teachers."""

from oko_lib.tables.definition import Column, ColumnType, Table
from oko_lib.tables.registers import LOGIN, YEAR


def _count(name: str, title_ru: str, description_ru: str = "", *, nullable: bool = True) -> Column:
    return Column(name, ColumnType.INT, title_ru, description_ru, nullable=nullable, minimum=0)


ATTENDANCE = Table(
    name="attendance_by_school",
    title_ru="Посещаемость по школам",
    grain_ru="школа × год",
    columns=(
        YEAR,
        LOGIN,
        _count(
            "lessons_planned",
            "Уроков по плану",
            "Ученико-уроков за учебный год: уроки каждого ученика складываются.",
            nullable=False,
        ),
        _count("lessons_missed", "Пропущено уроков", "Ученико-уроков за учебный год.", nullable=False),
        _count("lessons_missed_without_reason", "Пропущено без уважительной причины", "Часть пропущенных."),
    ),
    key=("year", "login"),
    slice_key=("year", "login"),
)

SOCIAL_PASSPORT = Table(
    name="social_passport_by_year",
    title_ru="Социальный паспорт школ по годам",
    grain_ru="школа × год",
    columns=(
        LOGIN,
        YEAR,
        _count("pupils", "Обучающихся", "Численность на начало учебного года, чел.", nullable=False),
        _count("pupils_low_income", "Из малообеспеченных семей", "Чел."),
        _count("pupils_single_parent", "Из неполных семей", "Чел."),
        _count("pupils_large_families", "Из многодетных семей", "Чел."),
        _count("pupils_on_record", "На учёте", "На учёте в школе, ПДН или КДН, чел."),
        _count("pupils_at_risk", "Группа риска", "Чел."),
        _count("pupils_other_language", "Неродной русский", "Чел., для кого русский язык не родной."),
        _count("pupils_with_disabilities", "С ОВЗ", "Чел. с ограниченными возможностями здоровья."),
        _count("pupils_orphans", "Сироты и под опекой", "Чел."),
        _count("pupils_parents_higher_education", "Родители с высшим образованием", "Чел., у кого оно есть у обоих."),
        _count("pupils_failing", "Неуспевающих", "Чел. с итоговой «2» за год хотя бы по одному предмету."),
        _count("teacher_vacancies", "Вакансий учителей", "Незанятых ставок учителей, округлённо."),
        _count("specialists_required", "Узких специалистов по нормативу", "Психологи, логопеды, дефектологи и др."),
        _count("specialists_actual", "Узких специалистов по факту"),
        Column("equipment_pct", ColumnType.FLOAT, "Оснащённость, %", "От 0 до 100.", minimum=0, maximum=100),
    ),
    key=("login", "year"),
    slice_key=("login", "year"),
)

SCHOOL_SUPPORT = Table(
    name="school_support_by_year",
    title_ru="Поддержка педагогов и управленцев по школам и годам",
    grain_ru="школа × год",
    columns=(
        YEAR,
        LOGIN,
        _count("teachers", "Педагогов", "Чел.", nullable=False),
        _count("teachers_diagnosed", "Прошли диагностику", "Педагогов, прошедших диагностику дефицитов, чел."),
        _count("teachers_with_deficits", "Выявлены дефициты", "Педагогов, у кого они выявлены, чел."),
        _count("teachers_supported", "Охвачены поддержкой", "Педагогов, получивших любую помощь; каждый — один раз."),
        _count("teachers_in_regional_associations", "В региональных объединениях", "Педагогов, чел."),
        _count("teachers_in_municipal_associations", "В муниципальных объединениях", "Педагогов, чел."),
        _count("teachers_trained", "Повысили квалификацию", "Педагогов за год, чел."),
        _count("heads", "Управленческая команда, чел."),
        _count("heads_supported", "Управленцы охвачены поддержкой", "Чел."),
        Column(
            "programme_approved",
            ColumnType.BOOL,
            "ШППКО утверждена",
            "Есть ли утверждённая школьная программа повышения качества образования.",
        ),
        Column("mentor_school", ColumnType.BOOL, "Школа-наставник", "Закреплена ли за школой школа-наставник."),
    ),
    key=("year", "login"),
    slice_key=("year", "login"),
)

TEACHER_DEFICITS = Table(
    name="teacher_deficits_by_subject",
    title_ru="Дефициты педагогов по предметам",
    grain_ru="школа × предмет × год",
    columns=(
        YEAR,
        LOGIN,
        Column("subject", ColumnType.STRING, "Предмет", "Название по справочнику предметов.", nullable=False),
        _count("teachers_diagnosed", "Прошли диагностику", "Педагогов, чел.", nullable=False),
        _count("teachers_with_deficits", "Выявлены дефициты", "Педагогов, чел.", nullable=False),
    ),
    key=("year", "login", "subject"),
    slice_key=("year", "login", "subject"),
)
