"""What a run shows while it goes on: a bar on a terminal, lines elsewhere, an honest time left."""

import io
import sys
import threading

import pytest
from rich.cells import cell_len
from rich.console import Console

from oko_lib.batch.estimate import speed, time_left
from oko_lib.batch.outcomes import ReportOutcome, ReportStatus
from oko_lib.batch.wording import counted, direction_of, direction_title, duration, roughly
from oko_lib.cli.plain_text import cropped, speakable
from oko_lib.cli.run_progress import Bar, Lines, Queue, RunView

LONG = "МБОУ «Средняя общеобразовательная школа № 15 имени Героя Советского Союза», Усть-Лужский муниципальный округ"


def outcome(number=1, status=ReportStatus.BUILT, seconds=4.0, **more):
    return ReportOutcome(
        id=f"2026/reg99_m{number:03d}/objectivity",
        municipality=f"reg99_m{number:03d}",
        municipality_name=f"город Северск-{number}",
        direction="objectivity",
        year=2026,
        status=status,
        seconds=seconds,
        **more,
    )


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def console(file=None, terminal=True, width=80):
    return Console(file=file or io.StringIO(), force_terminal=terminal, width=width, soft_wrap=True, highlight=False)


def feed(progress, clock):
    """Let a small run happen."""
    progress.phase("Готовлю данные региона: Объективность ВПР")
    progress.unchanged(5)
    progress.planned(3, 2)
    progress.started("2026/reg99_m001/objectivity", "город Северск-1: Объективность ВПР")
    progress.started("2026/reg99_m002/objectivity", f"{LONG}: Объективность ВПР")
    clock.now = 4.0
    progress.tick()
    progress.finished(outcome(1))
    progress.started("2026/reg99_m003/objectivity", "город Северск-3: Объективность ВПР")
    progress.finished(outcome(2, ReportStatus.FAILED, error="Ячейка 5: нет столбца [mark]. Проверьте имя."))
    progress.tick()


def test_elsewhere_each_event_is_one_line(clock):
    file = io.StringIO()
    display = Lines(console(file, terminal=False), RunView(clock=clock))
    feed(display.progress(), clock)
    display.close()
    assert file.getvalue().splitlines() == [
        "Готовлю данные региона: Объективность ВПР",
        "Без изменений: 5 отчётов.",
        "Строить: 3 отчёта, сразу 2 процесса.",
        "1/3 город Северск-1, Объективность ВПР, 4,0 с: построен",
        "2/3 город Северск-2, Объективность ВПР, 4,0 с: не построен. Ячейка 5: нет столбца [mark]. Проверьте имя.",
    ]


def test_lines_have_no_control_characters_whatever_the_terminal(clock):
    file = io.StringIO()
    feed(Lines(console(file, terminal=False), RunView(clock=clock)).progress(), clock)
    assert "\x1b" not in file.getvalue()


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_bar_never_is_wider_than_the_terminal(clock, width):
    file = io.StringIO()
    out = console(file, width=width)
    display = Bar(out, RunView(ask=lambda: Queue({"objectivity": 4000.0}, ()), clock=clock))
    feed(display.progress(), clock)
    clock.now = 5000.0
    display.tick()
    drawn = out.render_lines(display.drawn(), pad=False)
    texts = ["".join(segment.text for segment in line) for line in drawn]
    display.close()
    assert len(texts) == 3
    assert all(cell_len(text.rstrip("\n")) <= width for text in texts), texts


def test_the_bar_names_what_is_built_and_what_failed(clock):
    file = io.StringIO()
    out = console(file)
    display = Bar(out, RunView(clock=clock))
    feed(display.progress(), clock)
    text = "\n".join("".join(segment.text for segment in line) for line in out.render_lines(display.drawn()))
    display.close()
    assert "2/3" in text
    assert "не построено: 1" in text
    assert "город Северск-3: Объективность ВПР, 0 с" in text
    assert "город Северск-1" not in text  # it is done
    # The failure stays on the screen above the bar, with its markup-like brackets.
    assert "Не построен: город Северск-2 (Объективность ВПР). Ячейка 5: нет столбца [mark]." in file.getvalue()


def test_more_processes_than_lines_are_counted(clock):
    out = console()
    display = Bar(out, RunView(clock=clock))
    progress = display.progress()
    progress.planned(16, 8)
    for number in range(8):
        progress.started(f"2026/reg99_m{number:03d}/talent", f"город {number}")
    text = "\n".join("".join(segment.text for segment in line) for line in out.render_lines(display.drawn()))
    display.close()
    assert "и ещё 4" in text


def test_drawing_leaves_streams_and_threads_alone(clock):
    """A report is forked off at any moment: it must inherit neither a replaced stream nor a thread with a lock."""
    before = sys.stdout, sys.stderr, threading.active_count()
    display = Bar(console(), RunView(clock=clock))
    feed(display.progress(), clock)
    assert (sys.stdout, sys.stderr, threading.active_count()) == before
    display.close()


def test_a_bar_that_was_never_shown_leaves_no_trace(clock):
    file = io.StringIO()
    Bar(console(file), RunView(clock=clock)).close()
    assert file.getvalue() == ""


def test_planning_is_shown_before_anything_is_told_and_leaves_nothing(clock):
    file = io.StringIO()
    display = Bar(console(file), RunView(clock=clock))
    display.progress()
    assert "Проверяю данные и тетради" in file.getvalue()
    display.close()
    # The last thing written wipes the line.
    assert file.getvalue().endswith("\x1b[2K")


def test_the_cursor_is_given_back(clock):
    file = io.StringIO()
    display = Bar(console(file), RunView(clock=clock))
    feed(display.progress(), clock)
    assert "\x1b[?25l" in file.getvalue()
    display.close()
    assert file.getvalue().rindex("\x1b[?25h") > file.getvalue().rindex("\x1b[?25l")


@pytest.mark.parametrize("encoding", ["cp866", "cp1251", "ascii"])
@pytest.mark.parametrize("terminal", [True, False])
def test_an_old_code_page_does_not_stop_the_run(clock, encoding, terminal):
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, errors="strict")
    display = (Bar if terminal else Lines)(console(file, terminal), RunView(clock=clock))
    feed(display.progress(), clock)
    display.close()
    file.flush()
    text = raw.getvalue().decode(encoding)
    assert ("Объективность" in text) == (encoding != "ascii")


def test_text_is_only_plainer_where_it_must_be():
    assert speakable("школа «А» — №\u00a01", "utf-8") == "школа «А» — №\u00a01"
    assert speakable("школа «А» — №\u202f1…", "cp866") == 'школа "А" - № 1...'
    assert speakable("школа «А»", "неизвестная") == "школа «А»"


def test_cropping_keeps_one_line():
    assert cropped("раз\nдва", 20) == "раз два"
    assert cropped("абвгдежзик", 8) == "абвгд..."
    assert cropped("  отступ", 20) == "  отступ"


# --- the time left ---------------------------------------------------------------------------------------------------


def test_nothing_known_gives_no_forecast():
    assert time_left(["a"], [], 2, speed({})) is None
    assert time_left([], [], 2, speed({})) == 0


def test_processes_are_played_forward():
    # Two processes, reports of 10, 10, 10 and one of 30 at the end: 10+10 and 10+30.
    assert time_left(["a", "a", "a", "b"], [], 2, speed({"a": 10, "b": 30})) == 40
    # The mean of the queue shared between them would have said 30.


def test_what_is_under_way_counts_with_its_rest():
    known = speed({"a": 10.0})
    assert time_left([], [("a", 4.0)], 2, known) == 6
    # Longer than expected: not zero, as long as it is there.
    assert time_left([], [("a", 60.0)], 2, known) == pytest.approx(1.5)
    assert time_left(["a"], [("a", 4.0), ("a", 9.0)], 2, known) == pytest.approx(11.5)


def test_the_pace_of_this_run_scales_what_earlier_runs_took():
    unhurried = speed({"a": 10.0, "b": 100.0}, [("a", 20.0)] * 300)
    assert unhurried.of("a") == pytest.approx(20, rel=0.02)
    assert unhurried.of("b") == pytest.approx(200, rel=0.02)
    # One slow report is not yet a slow run.
    assert speed({"a": 10.0}, [("a", 20.0)]).of("a") == pytest.approx(12.5)


def test_a_new_kind_of_report_takes_what_it_took_in_this_run():
    known = speed({"a": 10.0}, [("b", 3.0), ("b", 5.0), ("b", 4.0)])
    assert known.of("b") == 4
    assert known.of("c") == 7  # between the known ones


def test_the_view_knows_the_queue_and_counts_down(clock):
    ids = tuple(f"2026/reg99_m{number:03d}/objectivity" for number in range(1, 5))
    asked = []

    def ask():
        asked.append(1)
        return Queue({"objectivity": 10.0}, ids)

    view = RunView(ask=ask, clock=clock)
    assert view.left() is None
    view.plan(4, 2)
    assert view.left() == pytest.approx(20)
    view.start(ids[0], "первый")
    view.start(ids[1], "второй")
    clock.now = 2.0
    assert view.left() == pytest.approx(18)
    clock.now = 2.5
    assert view.left() == pytest.approx(17.5)
    clock.now = 10.0
    view.finish(outcome(1, seconds=10.0))
    view.start(ids[2], "третий")
    assert view.left() == pytest.approx(11.5)
    assert len(asked) == 1


def test_a_queue_nobody_can_name_is_counted(clock):
    view = RunView(clock=clock)
    view.plan(3, 1)
    view.start("2026/reg99_m001/objectivity", "первый")
    clock.now = 4.0
    assert view.left() is None
    view.finish(outcome(1, seconds=4.0))
    assert view.left() == pytest.approx(8)


# --- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "пока неизвестно"),
        (0, "меньше минуты"),
        (49, "меньше минуты"),
        (61, "около 1 мин"),
        (19 * 60, "около 19 мин"),
        (33 * 60, "около 35 мин"),
        (59 * 60, "около 1 ч 00 мин"),
        (7200, "около 2 ч 00 мин"),
    ],
)
def test_an_estimate_is_not_more_exact_than_it_is(seconds, words):
    assert roughly(seconds) == words


def test_hours_are_named():
    assert duration(7620) == "2 ч 07 мин"
    assert duration(3599) == "59 мин 59 с"


@pytest.mark.parametrize("name", ["talent", "talent_region", "talent_school"])
def test_the_direction_of_a_report_is_read_off_its_identifier(name):
    assert direction_of(f"2026/reg99_m001/{name}") == "talent"


def test_a_forgotten_direction_keeps_its_name():
    assert direction_title("talent") == "Таланты"
    assert direction_title("прежнее") == "прежнее"


def test_numerals():
    assert counted(21, "отчёт", "отчёта", "отчётов") == "21 отчёт"


# --- the end of a run ------------------------------------------------------------------------------------------------


def said(tmp_path, *outcomes, **more):
    from oko_lib.batch.outcomes import RunReport
    from oko_lib.cli.run_summary import show_summary
    from oko_lib.settings.workspace import Workspace

    file = io.StringIO()
    report = RunReport(tuple(outcomes), seconds=8.0, index="2026/index.html", **more)
    show_summary(console(file, terminal=False), Workspace.at(tmp_path), report)
    return file.getvalue()


def test_when_nothing_had_to_be_built_it_says_so(tmp_path):
    text = said(tmp_path, *(outcome(number, ReportStatus.UNCHANGED) for number in range(3)))
    assert text.startswith("Всё уже построено: 3 отчёта")
    assert "--force" in text


def test_why_reports_were_built_again(tmp_path):
    text = said(
        tmp_path,
        outcome(1, reason="изменились данные: «Олимпиады»"),
        outcome(2, reason="новый", note="Файл talent.xlsx открыт в другой программе."),
        outcome(3, ReportStatus.UNCHANGED),
    )
    assert "Готово: 2 отчёта за 8 с." in text
    assert "Почему строились остальные: изменились данные: «Олимпиады» — 1; новый — 1." in text
    assert "Обратите внимание: город Северск-2 (objectivity) — Файл talent.xlsx открыт" in text


def test_what_would_be_built(tmp_path):
    text = said(
        tmp_path,
        outcome(1, ReportStatus.PLANNED, reason="новый"),
        outcome(2, ReportStatus.PLANNED, reason="изменился пакет oko_lib"),
        outcome(3, ReportStatus.UNCHANGED),
    )
    assert "Будут построены: 2 отчёта." in text
    assert "изменился пакет oko_lib — 1: город Северск-2 (objectivity)" in text
    assert "Готово" not in text
    assert "Открыть" not in text


def test_a_stopped_run_says_how_to_go_on(tmp_path):
    text = said(tmp_path, outcome(1), stopped=True)
    assert "остановлено по запросу. Та же команда ещё раз продолжит его" in text
