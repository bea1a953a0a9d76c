"""A rehearsal empties its own folder and no other."""

from pathlib import Path

import pytest

from novation.domain.errors import BadInput
from novation.rehearsal import home


def test_a_new_folder_is_made(tmp_path: Path) -> None:
    made = home.prepare_home(tmp_path / "a" / "demo")
    assert (made / "logs").is_dir()
    assert (made / home.MARKER).is_file()


def test_the_folder_of_an_earlier_rehearsal_is_emptied(tmp_path: Path) -> None:
    folder = home.prepare_home(tmp_path / "demo")
    (folder / "novation.sqlite3").write_text("old")
    (folder / "bundles").mkdir()
    (folder / "bundles" / "one.zip").write_text("old")
    home.prepare_home(folder)
    assert not (folder / "novation.sqlite3").exists()
    assert not (folder / "bundles").exists()


def test_a_folder_with_anything_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "novation.sqlite3").write_text("real data")
    with pytest.raises(BadInput, match="not made by a rehearsal"):
        home.prepare_home(tmp_path)
    assert (tmp_path / "novation.sqlite3").read_text() == "real data"


def test_what_a_link_points_to_is_not_emptied(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("kept")
    folder = home.prepare_home(tmp_path / "demo")
    (folder / "link").symlink_to(elsewhere)
    home.prepare_home(folder)
    assert (elsewhere / "kept").exists()
