"""A process in which Typst has compiled does not fork reports: they would hang."""

import subprocess
import sys

_CODE = """
from oko_lib.batch.pool import default_method
from oko_lib.report.rasters import svg_to_png
print(default_method())
svg_to_png('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"></svg>')
print(default_method())
"""


def test_reports_are_not_forked_off_a_process_that_compiled():
    done = subprocess.run([sys.executable, "-c", _CODE], capture_output=True, text=True, check=True)
    before, after = done.stdout.split()
    assert after == "spawn"
    assert before == ("fork" if sys.platform.startswith("linux") else "spawn")
