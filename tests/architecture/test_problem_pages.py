"""Every refusal has a page that says what to do."""

from importlib import import_module

import pytest

from chassis.problems import Problem
from chassis.topology import topology
from config.problem_pages import PROBLEM_PAGES

MODULES = ["chassis.problems", *(f"apps.{service}.problems" for service in topology().hosted)]
PROBLEMS = [
    problem
    for module in map(import_module, MODULES)
    for problem in vars(module).values()
    if isinstance(problem, type) and issubclass(problem, Problem) and problem.__module__ == module.__name__
    if problem is not Problem
]


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: problem.__name__)
def test_a_problem_has_a_page_with_its_title_and_status(problem):
    title, blank, *text = (PROBLEM_PAGES / f"{problem.page()}.md").read_text().splitlines()

    assert (title, blank) == (f"# {problem.title}", "")
    assert text[0].startswith(f"{problem.status}. ")
    assert 2 <= len([line for line in text if line]) <= 8


def test_no_two_problems_have_the_same_page():
    assert len({problem.page() for problem in PROBLEMS}) == len(PROBLEMS)


def test_every_page_is_about_a_problem():
    pages = {page.stem for page in PROBLEM_PAGES.glob("*.md")}

    assert pages - {problem.page() for problem in PROBLEMS} == set()


def test_problems_are_defined_where_all_of_a_service_stand():
    ours = [problem for problem in subclasses(Problem) if problem.__module__.startswith(("apps.", "chassis."))]

    assert {problem for problem in ours if problem not in PROBLEMS} == set()


def subclasses(cls):
    return [found for inner in cls.__subclasses__() for found in (inner, *subclasses(inner))]
