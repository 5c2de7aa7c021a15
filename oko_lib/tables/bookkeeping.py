"""What the store keeps about loading itself: loads and quarantined rows."""

from oko_lib.tables.definition import Column, ColumnType, Table

LOADS = Table(
    name="loads",
    title_ru="Журнал загрузок",
    grain_ru="загрузка файла",
    columns=(
        Column("sequence", ColumnType.INT, "Порядок", "Номер загрузки по порядку.", nullable=False),
        Column("loaded_at", ColumnType.TIMESTAMP, "Когда", nullable=False),
        Column("file_name", ColumnType.STRING, "Файл", "Имя файла без пути.", nullable=False),
        Column("file_path", ColumnType.STRING, "Путь", "Путь относительно рабочей папки, если файл в ней."),
        Column("content_hash", ColumnType.STRING, "Отпечаток файла", "SHA-256 содержимого.", nullable=False),
        Column("layout", ColumnType.STRING, "Раскладка", nullable=False),
        Column(
            "rank", ColumnType.INT, "Старшинство", "Отчёт ФИС ОКО старше формы сбора о той же работе.", nullable=False
        ),
        Column("read_rows", ColumnType.INT, "Прочитано строк", nullable=False, minimum=0),
        Column("accepted_rows", ColumnType.INT, "Принято строк", nullable=False, minimum=0),
        Column("quarantined_rows", ColumnType.INT, "Отложено строк", nullable=False, minimum=0),
        Column(
            "non_data_rows",
            ColumnType.INT,
            "Не данные",
            "Заголовки групп, пустые строки шаблона.",
            nullable=False,
            minimum=0,
        ),
        Column("slices", ColumnType.STRING_LIST, "Срезы", "Что файл заменяет: таблица|ключ среза.", nullable=False),
    ),
    key=("load_id",),
)

QUARANTINE = Table(
    name="quarantine",
    title_ru="Отложенные строки",
    grain_ru="ячейка отложенной строки",
    columns=(
        Column("file_name", ColumnType.STRING, "Файл", nullable=False),
        Column("cell", ColumnType.STRING, "Ячейка", "Как в Excel, например H15; пусто, если дело во всей строке."),
        Column("column_title", ColumnType.STRING, "Столбец", "Заголовок столбца в файле."),
        Column("found", ColumnType.STRING, "Что стоит"),
        Column("rule", ColumnType.STRING, "Правило", "Код проверки из перечня.", nullable=False),
        Column(
            "message_ru", ColumnType.STRING, "Сообщение", "Что не так, что допустимо и что сделать.", nullable=False
        ),
        Column("year", ColumnType.INT, "Год"),
        Column("grade", ColumnType.INT, "Класс"),
        Column("subject", ColumnType.STRING, "Предмет"),
        Column("login", ColumnType.STRING, "Логин ОО"),
        Column("municipality_code", ColumnType.STRING, "Код муниципалитета"),
    ),
    key=("load_id", "source_sheet", "source_row", "cell", "rule"),
    personal=True,
)
