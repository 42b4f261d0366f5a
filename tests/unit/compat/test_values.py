"""The sentinel is one object, wherever it goes."""

from __future__ import annotations

import copy
import pickle

from pastense.compat.values import Unset, unset


def test_the_sentinel():
    assert repr(unset) == "unset"
    assert not unset
    assert isinstance(unset, Unset)
    assert copy.copy(unset) is copy.deepcopy(unset) is pickle.loads(pickle.dumps(unset)) is unset
