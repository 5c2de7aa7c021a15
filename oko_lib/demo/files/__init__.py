"""The demo region as files: workbooks in the layouts of ФИС ОКО, collection forms, registers."""
