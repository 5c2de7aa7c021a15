"""Schools with low results on the screen."""

from __future__ import annotations

from oko_lib.explore.topic import Explored, Topic
from oko_lib.explore.topics import (
    low_results_changes,
    low_results_compare,
    low_results_risks,
    low_results_rule,
)
from oko_lib.explore.topics.low_results_parts import NAME, open_region
from oko_lib.indicators.low_results.municipality import municipality_low_results
from oko_lib.indicators.low_results.region import TABLES
from oko_lib.report.low_results.context import ReportContext
from oko_lib.settings.low_results_norms import load_low_results_norms

EXPLORED = Explored(
    name=NAME,
    title_ru="Динамика ШНОР",
    tables=TABLES,
    norms=load_low_results_norms,
    open=lambda session: ReportContext(municipality_low_results(session)),
    open_region=open_region,
    topics=(
        Topic(
            "rule",
            "Правило ШНОР и порог",
            "Какие школы подходят под правило и как меняется ответ вместе с порогом?",
            low_results_rule.draw,
            low_results_rule.offers,
            whole_region=True,
        ),
        Topic(
            "changes",
            "Что изменилось у школ",
            "Чьи результаты изменились неслучайно, сверх общего сдвига региона?",
            low_results_changes.draw_changes,
            low_results_changes.changes_offers,
        ),
        Topic(
            "school",
            "Одна школа",
            "Как результаты школы менялись по годам?",
            low_results_changes.draw_school,
            low_results_changes.school_offers,
        ),
        Topic(
            "compare_schools",
            "Две школы рядом",
            "Чем результаты одной школы отличаются от другой?",
            low_results_compare.draw_schools,
            low_results_compare.schools_offers,
        ),
        Topic(
            "compare_years",
            "Два года рядом",
            "Что изменилось за это время в школе или муниципалитете?",
            low_results_compare.draw_years,
            low_results_compare.years_offers,
        ),
        Topic(
            "risks",
            "Условия и риски",
            "Чего можно ожидать при условиях школы и какие факторы риска выражены?",
            low_results_risks.draw,
            low_results_risks.offers,
        ),
    ),
)
