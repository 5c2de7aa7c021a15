"""Collection forms: blank workbooks made from the mapping files that will take them in, and a check of filled ones.

A form has no description of its own. Its columns, lists of values and bounds are those of the mapping and of the
table it fills, so a form and its intake cannot drift apart.
"""

from oko_lib.forms.check import CellError, CheckedFile, CheckReport, check_forms
from oko_lib.forms.form import Form, FormColumn, all_forms, form_named
from oko_lib.forms.make import MadeForm, make_form

__all__ = [
    "CellError",
    "CheckReport",
    "CheckedFile",
    "Form",
    "FormColumn",
    "MadeForm",
    "all_forms",
    "check_forms",
    "form_named",
    "make_form",
]
