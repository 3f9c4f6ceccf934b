"""Whatever was delivered is its owner's alone, from the first step on."""

import stat

from orchestration.forget.searching import Search
from orchestration.machine.duckdb_files import open_build, open_build_read_only
from orchestration.machine.lock import exclusive
from tests.pipeline import write_company
from tests.privacy.test_published_file import sensitive_values


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_work_folder_and_the_build_file_are_the_owners_alone(tmp_path):
    company = write_company(tmp_path)
    with open_build(company) as connection:
        connection.execute("create table people as select 'Ada' as name")
        assert (mode(company.work), mode(company.build_file)) == (0o700, 0o600)


def test_a_lock_makes_no_folder_that_others_can_enter(tmp_path):
    company = write_company(tmp_path)
    with exclusive(company.work / "run.lock"):
        assert mode(company.work) == 0o700


def test_a_folder_and_a_file_that_an_earlier_version_left_open_are_closed(tmp_path):
    company = write_company(tmp_path)
    with open_build(company):
        pass
    company.work.chmod(0o755)
    company.build_file.chmod(0o644)
    with open_build(company):
        assert (mode(company.work), mode(company.build_file)) == (0o700, 0o600)
    # The warehouse itself stays open: readers enter it.
    assert mode(company.work.parent) & 0o055


def test_nothing_that_a_run_leaves_in_its_work_folder_can_others_open(sample):
    left = [path for path in sample.work.rglob("*") if not path.is_symlink()]
    assert len(left) > 10
    assert [path for path in left if mode(path) & 0o077] == []


def test_no_byte_that_others_may_read_tells_who_somebody_is(sample):
    with open_build_read_only(sample) as connection:
        # A name may be the beginning of a company's domain, which the open file holds.
        domains = connection.execute(
            "select string_agg(email_domain, ' ') from marts.dim_customers"
        ).fetchone()
        named = [value for value in sensitive_values(connection) if value.lower() not in domains[0].lower()]
    people = Search(tuple(named))
    files = [
        path for path in sample.warehouse.rglob("*") if path.is_file() and sample.work not in path.parents
    ]
    opened = [path for path in files if mode(path) & 0o044]
    closed = [path for path in files if path not in opened]
    assert len(opened) > 2 and any(people.holds(path) for path in closed)
    assert [path for path in opened if people.holds(path)] == []
