"""Stands for the intake: tells of two files, then waits for the file ``дальше`` in the working place.

The file ``отказ`` makes it refuse before it has told anything, ``исчезни`` makes it die without a word.
"""

import json
import os
import sys
import time
from pathlib import Path

from oko_lib.explore.load_process import Teller
from oko_lib.settings.workspace import Workspace

root, options, *paths = sys.argv[1:]
if (Path(root) / "отказ").exists():
    print("Хранилище занято: в него пишет другая программа.", file=sys.stderr)
    sys.exit(1)
teller = Teller(Workspace.at(root), paths, json.loads(options))
teller.say()
teller.progress(0, 3)
teller.progress(3, 3, "Итоги <2026>.xlsx")
while not (Path(root) / "дальше").exists():
    if (Path(root) / "исчезни").exists():
        os._exit(9)
    time.sleep(0.05)
teller.say(state="finished", report={"files": [], "return_workbooks": [], "ignored": [], "warnings": []})
