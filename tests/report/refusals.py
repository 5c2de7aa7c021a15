"""What may be asked for and is not in the made regions of these tests."""

import pytest

#: Parametrises ``municipality``, ``year``, ``mode`` and the ``words`` of the answer.
of_what_is_not_there = pytest.mark.parametrize(
    ("municipality", "year", "mode", "words"),
    [
        ("Севрный муниципальный район", 0, "internal", "Возможно, вы имели в виду «Северный муниципальный район»"),
        ("reg88_m009", 0, "internal", "Нет муниципалитета «reg88_m009»"),
        ("", 0, "internal", "Впишите муниципалитет — код или название"),
        ("reg88_m001", 2019, "internal", r"за 2019 год\. Есть: 2024, 2025, 2026"),
        ("reg88_m001", 0, "public", "защиты малых групп ещё нет"),
    ],
)
