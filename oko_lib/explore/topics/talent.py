"""Talent on the screen."""

from __future__ import annotations

from oko_lib.explore.topic import Explored, Topic
from oko_lib.explore.topics import talent_compare, talent_coverage, talent_home, talent_stages, talent_subjects
from oko_lib.explore.topics.talent_parts import NAME
from oko_lib.indicators.talent.by_municipality import regional_talent
from oko_lib.indicators.talent.municipality import municipality_talent
from oko_lib.indicators.talent.region import TABLES
from oko_lib.report.talent.context import DIRECTION, ReportContext
from oko_lib.report.talent.regional_context import RegionalContext
from oko_lib.settings.talent_norms import load_talent_norms

EXPLORED = Explored(
    name=NAME,
    title_ru=DIRECTION,
    tables=TABLES,
    norms=load_talent_norms,
    open=lambda session: ReportContext(municipality_talent(session)),
    open_region=lambda session: RegionalContext(regional_talent(session)),
    topics=(
        Topic(
            "stages",
            "Этапы олимпиады",
            "Сколько детей приходит на каждый этап олимпиады и сколько идёт дальше?",
            talent_stages.draw_stages,
            whole_region=True,
        ),
        Topic(
            "coverage",
            "Охват и порог нормы",
            "В каких школах детей охвачено меньше порога и как список меняется с порогом?",
            talent_coverage.draw_coverage,
            talent_coverage.coverage_offers,
        ),
        Topic(
            "subjects",
            "Школы и предметы",
            "В каких предметах дети школы доходят до диплома неслучайно чаще или реже?",
            talent_subjects.draw_subjects,
            talent_subjects.subjects_offers,
        ),
        Topic(
            "home",
            "Школьный этап и муниципальный",
            "Подтверждаются ли результаты школьного этапа на муниципальном?",
            talent_home.draw_home,
            whole_region=True,
        ),
        Topic(
            "compare",
            "Две школы рядом",
            "Чем одна школа отличается от другой участием, переходом и дипломами?",
            talent_compare.draw_schools,
            talent_compare.schools_offers,
        ),
        Topic(
            "compare_years",
            "Два года рядом",
            "Что изменилось в муниципалитете от года к году?",
            talent_compare.draw_years,
            talent_compare.years_offers,
        ),
    ),
)
