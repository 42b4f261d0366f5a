"""Statements of several steps, as they are read and as their parameters are filled in."""

from __future__ import annotations

from pastense.store.postgresql.citus.steps import Step, split_steps, values_of

TWO = """SELECT c.name FROM contacts AS c
-- first
SELECT contact, 'a?1' FROM identities WHERE workspace = ?2 AND value = ?1
-- then
WHERE c.number = ANY (?found1::bigint[]) AND c.workspace = ?2 AND c.rows = ?rows1"""


def test_one_step_is_spelled_as_it_is():
    (step,) = split_steps("SELECT ?2, ?1, '?', ?2 -- and ?3")
    assert step == Step("SELECT $1, $2, '?', $1 -- and ?3", (("", 1), ("", 0)))
    assert split_steps("SELECT 1") == (Step("SELECT 1", ()),)


def test_a_mark_without_a_number_is_the_next_one():
    (step,) = split_steps("SELECT ?, ?, ?5, ?")
    assert step.keys == (("", 0), ("", 1), ("", 4), ("", 5))


def test_what_comes_first_is_taken_out_of_the_middle():
    first, last = split_steps(TWO)
    assert first.text == "SELECT contact, 'a?1' FROM identities WHERE workspace = $1 AND value = $2"
    assert last.text.replace("\n", " ") == (
        "SELECT c.name FROM contacts AS c "
        "WHERE c.number = ANY ($1::bigint[]) AND c.workspace = $2 AND c.rows = $3"
    )


def test_a_step_gets_only_what_it_names():
    first, last = split_steps(TWO)
    assert values_of(first, ["x", 7], []) == [7, "x"]
    answers = [[(1, None), (2, "b")]]
    assert values_of(last, ["x", 7], answers) == ["{1,2}", 7, '[[1,null],[2,"b"]]']


def test_texts_of_any_characters_are_elements_of_an_array():
    (_, last) = split_steps("-- first\nSELECT 1\n-- then\nSELECT ?found1")
    rows = [('a"b',), ("c\\d",), ("{e,f}",), ("",), ("NULL",)]
    assert values_of(last, [], [rows]) == [r'{"a\"b","c\\d","{e,f}","","NULL"}']
    assert values_of(last, [], [[]]) == ["{}"]


def test_the_one_value_of_a_step_is_what_it_is():
    (_, last) = split_steps("-- first\nSELECT 1\n-- then\nSELECT ?one1")
    assert values_of(last, [], [[(7, "x"), (8, "y")]]) == [7]
    assert values_of(last, [], [[]]) == [None]
