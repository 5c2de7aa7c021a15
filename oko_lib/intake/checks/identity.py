"""Who the row is about: login of the school, code of the participant."""

from __future__ import annotations

import numpy as np

from oko_lib.intake.checks.rule import Rule
from oko_lib.intake.values import Kind, is_login

LOGIN_MISSING = Rule(
    "login_missing",
    "Нет логина ОО",
    "Не указан логин ОО. Нужен логин вида edu990389 (до 2021 года — sch990389): впишите его.",
    wrong=lambda block: np.array([login is None and not filled for login, filled in block.login_cells], dtype=bool),
    columns=lambda block: block.login_columns,
)
LOGIN_BAD = Rule(
    "login_bad",
    "Логин ОО записан неверно",
    "Стоит «{found}», а логин ОО — это edu или sch и шесть цифр, например edu990389. Исправьте логин.",
    wrong=lambda block: np.array([filled and not is_login(login) for login, filled in block.login_cells], dtype=bool),
    columns=lambda block: block.login_columns,
)
CODE_MISSING = Rule(
    "code_missing",
    "Нет кода участника",
    "В строке есть данные, но нет кода участника. Впишите код из протокола, например 40001.",
    wrong=lambda block: block.code_kinds == Kind.EMPTY,
    columns=lambda block: block.code_columns,
)
CODE_BAD = Rule(
    "code_bad",
    "Код участника — не число",
    "Стоит «{found}», а код участника состоит только из цифр, например 40001. Исправьте код по протоколу.",
    wrong=lambda block: block.code_kinds == Kind.BAD,
    columns=lambda block: block.code_columns,
)

IDENTITY_RULES = (LOGIN_MISSING, LOGIN_BAD, CODE_MISSING, CODE_BAD)
