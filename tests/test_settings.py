"""What gongkai.toml may not say of offices: it is refused when it is read, not at the first publication."""

from datetime import date
from pathlib import Path

import pytest

from config.settings import SettingsError, read
from tests.source import ROOT

SAMPLE = (ROOT / "config" / "sample" / "gongkai.toml").read_text("utf-8")
PATTERN = 'index_pattern = "{code}/{year}-{serial:05d}"'


def refused(home: Path, text: str) -> str:
    """Why a folder with this configuration is not opened."""
    (home / "gongkai.toml").write_text(text, "utf-8")
    with pytest.raises(SettingsError) as caught:
        read(home, {})
    return str(caught.value)


def test_two_offices_with_one_code_are_refused(tmp_path: Path) -> None:
    begin, end = SAMPLE.index("[offices.rsj]"), SAMPLE.index("# 到期事项提醒谁")
    other = SAMPLE[begin:end].replace("[offices.rsj]", "[offices.ybj]")
    said = refused(tmp_path, SAMPLE + other)
    assert all(name in said for name in ("'rsj'", "'ybj'", "11530100MB1A2B3C4D"))
    (tmp_path / "gongkai.toml").write_text(SAMPLE + other.replace("MB1A2B3C4D", "MB1A2B3C5E"), "utf-8")
    assert set(read(tmp_path, {}).offices) == {"rsj", "ybj"}


@pytest.mark.parametrize("pattern", ["{code}/{year}", "{code}-{number}", "{serial:x5}", "{0}{serial}"])
def test_a_pattern_that_cannot_count_is_refused(tmp_path: Path, pattern: str) -> None:
    assert "index_pattern" in refused(tmp_path, SAMPLE.replace(PATTERN, f'index_pattern = "{pattern}"'))


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ('security = "SASL_SSL"', "with a user"),
        ('user = "gongkai"', "without a user"),
        ('ca = "ca.pem"', "neither ca nor certificate"),
        ('security = "SSL"\ncertificate = "us.pem"', "certificate and key go together"),
        ('security = "TLS"', "'PLAINTEXT', 'SSL', 'SASL_PLAINTEXT' or 'SASL_SSL'"),
        ('password = "x"', "unknown key 'password'"),
    ],
)
def test_what_would_protect_nothing_on_kafka_is_refused(tmp_path: Path, keys: str, why: str) -> None:
    assert why in refused(tmp_path, f"{SAMPLE}\n[kafka]\n{keys}\n")


def test_the_files_and_the_secret_of_kafka_are_looked_for_in_the_data_folder(tmp_path: Path) -> None:
    keys = 'security = "SASL_SSL"\nca = "ca.pem"\nuser = "gongkai"\nsecret = "broker"'
    (tmp_path / "gongkai.toml").write_text(f"{SAMPLE}\n[kafka]\n{keys}\n", "utf-8")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "broker").write_text("口令\n", "utf-8")
    table = read(tmp_path, {}).kafka
    assert (table.file(table.ca), table.password()) == (tmp_path / "ca.pem", "口令")
    assert "口令" not in repr(table)


STAFF = """
[offices.rsj.staff]
heads = { sb = "林晓" }
office = "吴桐"
[offices.rsj.staff.persons]
"林晓" = { endpoints = ["lin"], delegate = { to = "吴桐", first = 2026-12-10, last = 2026-12-18 } }
"吴桐" = { endpoints = ["wu", "group"] }
"""
PLAIN = SAMPLE[: SAMPLE.index("# 到期事项提醒谁")] + SAMPLE[SAMPLE.index("[endpoints.site]") :]


def test_staff_are_read_by_the_names_that_notices_give(tmp_path: Path) -> None:
    (tmp_path / "gongkai.toml").write_text(PLAIN + STAFF, "utf-8")
    staff = read(tmp_path, {}).offices["rsj"].staff
    assert (staff.heads, staff.office, staff.director) == ({"sb": "林晓"}, "吴桐", "")
    away = staff.persons["林晓"].delegate
    assert away is not None
    assert [away.has(date(2026, 12, day)) for day in (9, 10, 18, 19)] == [False, True, True, False]


@pytest.mark.parametrize(
    ("right", "wrong", "why"),
    [
        ('sb = "林晓"', 'xx = "林晓"', "no section xx"),
        ('sb = "林晓"', 'sb = "林小"', "'林小' is none of persons; there are: 林晓, 吴桐"),
        ('office = "吴桐"', 'office = "吴"', "'吴' is none of persons"),
        ('to = "吴桐"', 'to = "何静"', "'何静' is none of persons"),
        ("last = 2026-12-18", "last = 2026-12-01", "last is before first"),
        ('endpoints = ["wu", "group"]', "endpoints = []", "at least 1 item"),
        ('office = "吴桐"', 'bureau = "吴桐"', "unknown key 'bureau'; allowed: director, heads, office, persons"),
        ("first = 2026", "from = 2026", "unknown key 'from'; allowed: first, last, to"),
        ('endpoints = ["wu", "group"]', 'endpoint = "wu"', "unknown key 'endpoint'; allowed: delegate, endpoints"),
    ],
)
def test_staff_that_nobody_could_be_told_by_are_refused(tmp_path: Path, right: str, wrong: str, why: str) -> None:
    assert right in STAFF
    assert why in refused(tmp_path, PLAIN + STAFF.replace(right, wrong))


@pytest.mark.parametrize("path", ["/comment", "/comment/x", "/sms"])
def test_a_site_where_the_program_itself_answers_is_refused(tmp_path: Path, path: str) -> None:
    assert path in refused(tmp_path, SAMPLE.replace('short = "区人社局"', f'short = "区人社局"\npath = "{path}"'))


@pytest.mark.parametrize("network", ["nginx", "10.0.0.1/8", "300.1.1.1"])
def test_a_proxy_that_is_no_network_is_refused(tmp_path: Path, network: str) -> None:
    assert network in refused(tmp_path, f'{SAMPLE}\n[comments]\nproxies = ["{network}"]\n')
