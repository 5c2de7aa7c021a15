"""What schools report about their work with gifted children, consistent with who took part."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from oko_lib.demo.low_results.conditions import enrolment
from oko_lib.demo.randomness import stream
from oko_lib.demo.talent.coverage import Coverage
from oko_lib.demo.talent.plants import TalentPlants
from oko_lib.demo.talent.settings import LowCoverageSettings, SupportShares

#: Grades of the norm of coverage.
NORM_GRADES = (5, 11)


def talent_support(
    schools: pd.DataFrame,
    year: int,
    coverage: Coverage,
    pupils: pd.DataFrame,
    olympians: np.ndarray,
    plants: TalentPlants,
    low: LowCoverageSettings,
    settings: SupportShares,
    seed: int,
) -> pd.DataFrame:
    """The form of one year, a row per school.

    Parameters
    ----------
    pupils : DataFrame
        Enrolment of the year: ``school, grade, pupils``.
    olympians : ndarray, shape (schools,)
        Different children of the norm's grades at the school stage: they are covered in any case.
    """
    count = len(schools)
    rng = stream(seed, "talent support", year)
    everybody = _of(pupils, count, 1, 11)
    of_norm = _of(pupils, count, *NORM_GRADES)
    older = _of(pupils, count, 8, 11)
    beside = rng.binomial(np.maximum(of_norm - olympians, 0), settings.events_beside_olympiad)
    covered = olympians + beside
    if plants.low_coverage:
        villages, others = list(plants.low_coverage.villages), list(plants.low_coverage.others)
        covered[villages] = np.maximum(olympians[villages], np.floor(low.coverage * of_norm[villages]))
        covered[others] = np.maximum(olympians[others], np.ceil(low.others_coverage * of_norm[others]))
    covered = np.minimum(covered, of_norm)

    additional = rng.binomial(everybody, coverage.additional)
    talent = rng.binomial(additional, coverage.additional_talent / coverage.additional)
    programmes = np.maximum(1, rng.poisson(settings.programmes_per_pupil * everybody))
    # Teachers are those of the school's context of the year.
    _, teachers = enrolment(schools, stream(seed, "context", year))
    own = stream(seed, "talent support").standard_normal(count)
    trained = expit(logit(settings.trained) + settings.trained_spread * own)
    psychologists = np.where(everybody < 60, 0, np.ceil(everybody / settings.psychologist_per_pupils)).astype(int)
    mentors = rng.binomial(teachers, settings.mentors)
    university = rng.poisson(3, count) * (rng.random(count) < settings.university_schools)
    interagency = rng.random(count) < settings.interagency
    columns = {
        "pupils_talent_events": covered,
        "pupils_individual_programme": rng.binomial(of_norm, settings.individual_programme),
        "pupils_individual_plan": rng.binomial(older, settings.individual_plan),
        "pupils_sirius": rng.binomial(of_norm, settings.sirius),
        "pupils_additional_education": additional,
        "pupils_additional_education_talent": talent,
        "programmes_additional": programmes,
        "programmes_additional_talent": rng.binomial(programmes, settings.programmes_talent),
        "pupils_network": rng.binomial(everybody, settings.network) * interagency,
        "programmes_network_individual": rng.poisson(0.3, count),
        "programmes_network_plan": rng.poisson(0.4, count),
        "navigator_requests": rng.poisson(settings.navigator * everybody),
        "teachers": teachers,
        "teachers_trained_gifted": rng.binomial(teachers, trained),
        "psychologists": psychologists,
        "psychologists_trained_gifted": rng.binomial(psychologists, settings.psychologists_trained),
        "psychologists_identifying": rng.binomial(psychologists, settings.psychologists_identifying),
        "mentors": mentors,
        "mentors_awarded": rng.binomial(mentors, settings.mentors_awarded),
        "programmes_university": rng.binomial(university, 0.5),
        "programmes_university_all": university,
    }
    # What the norm and the plants stand on is filled in by everybody.
    always = {"pupils_talent_events", "pupils_additional_education", "teachers", "psychologists"}
    frame = pd.DataFrame({"school": np.arange(count)})
    for name, values in columns.items():
        blank = (rng.random(count) < settings.blank) & (name not in always)
        frame[name] = pd.arrays.IntegerArray(np.asarray(values).astype(np.int64), blank)
        if name == "programmes_network_plan":
            frame["interagency_programme"] = interagency
    return frame


def _of(pupils: pd.DataFrame, count: int, first: int, last: int) -> np.ndarray:
    own = pupils[pupils["grade"].between(first, last)]
    return np.bincount(own["school"], own["pupils"], minlength=count).astype(int)
