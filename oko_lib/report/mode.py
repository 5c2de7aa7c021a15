"""The mode of a report: for internal use, or public once small cells can be protected."""

from oko_lib.settings.loading import SettingsError, suggest

INTERNAL = "internal"
PUBLIC = "public"


def require_internal(mode: str) -> None:
    """Refuse every mode but the internal one.

    Raises
    ------
    SettingsError
        For the public mode (there is no disclosure control yet) and for an unknown one.
    """
    if mode == PUBLIC:
        raise SettingsError(
            "Открытый режим (public) пока не работает: защиты малых групп ещё нет, и в отчёте можно было бы узнать "
            "отдельных детей. Постройте служебный отчёт: --mode internal."
        )
    if mode != INTERNAL:
        raise SettingsError(f"Нет режима «{mode}».{suggest(mode, [INTERNAL, PUBLIC])} Есть: internal.")
