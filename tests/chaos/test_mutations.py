"""Each mutation still applies to the source as it is: one that no longer does would prove nothing, unseen."""

import ast
import shutil
from pathlib import Path

import pytest

from tests.chaos.mixes import MIXES
from tests.chaos.mutations import MUTATIONS, ROOT, MovedError, Mutation, Patch


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_applies_to_the_source(mutation: Mutation, tmp_path: Path) -> None:
    assert mutation.mix in MIXES
    for patch in mutation.patches:
        copy = tmp_path / patch.path
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / patch.path, copy)
        patch.apply(tmp_path)
        ast.parse(copy.read_text())


def test_a_mutation_whose_place_has_moved_fails_aloud(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("a = 1\n")
    with pytest.raises(MovedError, match="0 times"):
        Patch("a.py", "a = 2\n", "").apply(tmp_path)
