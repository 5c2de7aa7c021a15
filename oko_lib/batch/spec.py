"""One report to build: whom it is about, from which notebook, where it goes."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from oko_lib.batch.directions import Direction
from oko_lib.batch.parameters import RegionParameters
from oko_lib.report.names import short_school

#: Folder and identifier of what is about the region as a whole.
REGION = "region"
#: Folder of the reports on schools inside their municipality's.
SCHOOLS = "schools"


@dataclass(frozen=True)
class ReportSpec:
    """One report to build.

    Parameters
    ----------
    direction : Direction
        What it is about.
    year : int
        Calendar year.
    municipality_code, municipality_name : str or None
        Whom it is about; None for the region as a whole.
    region_name : str
        Region, as in the data.
    school_id, school_name : str or None
        The school of that municipality it is about; None for a report on the municipality or the region.
    """

    direction: Direction
    year: int
    municipality_code: str | None
    municipality_name: str | None
    region_name: str
    school_id: str | None = None
    school_name: str | None = None

    @property
    def is_region(self) -> bool:
        return self.municipality_code is None

    @property
    def is_school(self) -> bool:
        return self.school_id is not None

    @property
    def stem(self) -> str:
        """File name without extension."""
        if self.is_school:
            return f"{self.direction.name}_school"
        return f"{self.direction.name}_region" if self.is_region else self.direction.name

    @property
    def folder(self) -> PurePosixPath:
        """Folder below ``outputs``."""
        place = PurePosixPath(str(self.year), self.municipality_code or REGION)
        return place / SCHOOLS / _folder_name(self.school_id) if self.school_id is not None else place

    @property
    def id(self) -> str:
        """Stable identifier: ``2026/reg99_m001/objectivity``; of a school ``2026/reg99_m001/schools/edu990001/…``."""
        return str(self.folder / self.stem)

    @property
    def notebook(self) -> str:
        item = self.direction
        name = item.school_notebook if self.is_school else item.region_notebook if self.is_region else item.notebook
        assert name is not None  # plan_reports makes no report for which the direction has no notebook
        return name

    @property
    def parameters_model(self) -> type[RegionParameters]:
        """Model of the notebook's parameters."""
        if self.is_school:
            return self.direction.school_parameters
        return self.direction.region_parameters if self.is_region else self.direction.parameters

    @property
    def title(self) -> str:
        """Municipality or region, for people."""
        return self.municipality_name or self.region_name

    @property
    def school_title(self) -> str:
        """Short name of the school, for people; empty for a report on a municipality or the region."""
        return short_school(self.school_name or self.school_id) if self.school_id is not None else ""


def _folder_name(text: str) -> str:
    """Return `text` fit for a folder on any system; what had to be changed is told apart by a digest."""
    safe = re.sub(r"[^\w-]", "_", text)
    return safe if safe == text else f"{safe}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"
