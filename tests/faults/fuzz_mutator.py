"""Make inputs out of seeds: bytes changed, words put in, two inputs spliced.

An input that had a result which none had before joins the seeds, so that later ones begin there.
It is all drawn from one seed number: the same number makes the same inputs.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

SEEDS = Path(__file__).with_name("seeds")
INPUT_BYTES_MAX = 2_000
CORPUS_INPUTS_MAX = 2_000
WORDS = tuple(
    b"\x00|\\u0000|\\ud800|\\udfff|\xef\xbb\xbf|\xff|\xed\xa0\x80|\xc0\x80|NaN|Infinity|-|-0|1e400"
    b"|1e308|9223372036854775807|9223372036854775808|-9223372036854775809|0.1|1E+2|null|true|false"
    b'|""|[]|{}|[[|]]|{"a":|}|"|\\|\\"|,|:|.|&|=|%|%00|%ff|%2F|+|filter[|]|AND|OR|IN|NIN|~|!~|^|$'
    b"|custom_attributes.|q7Zx|'|--|;|?|?1|$1|%s|{0}|email_domain|tag_id|created_at|Unstable|2.14"
    b"|http://|https://|currency|amount|url|value|_date|user_id|intercom_user_id|event_name|data"
    b"|[[[[[[[[[[[[[[[[[|\xc2\x85|\xe2\x80\xae|\xf0\x9f\x98\x80|\t|\n|\r| |0|1|00|1.5|e|E".split(
        b"|"
    )
)


def load_seeds(target: str) -> list[bytes]:
    """The seeds of a target: one in each line, its bytes as a Python literal writes them."""
    lines = SEEDS.joinpath(f"{target}.txt").read_text("utf-8").splitlines()
    return [line.encode().decode("unicode_escape").encode("latin-1") for line in lines if line]


class Mutator:
    """An endless supply of inputs for one target."""

    def __init__(self, seeds: list[bytes], seed: int) -> None:
        self.corpus = list(seeds)
        self.labels: set[str] = set()
        self._chance = random.Random(seed)

    def inputs(self) -> Iterator[bytes]:
        """First the seeds as they are, then what is made of them."""
        yield from list(self.corpus)
        while True:
            yield self._mutated()

    def learn(self, data: bytes, label: str) -> None:
        """Keep an input whose result was new."""
        if label not in self.labels and len(self.corpus) < CORPUS_INPUTS_MAX:
            self.labels.add(label)
            self.corpus.append(data)

    def _mutated(self) -> bytes:
        chance = self._chance
        corpus = self.corpus
        data = bytearray(corpus[int(chance.random() * len(corpus))])
        for _ in range(1 + int(chance.random() * 4)):
            self._change(data)
        return bytes(data[:INPUT_BYTES_MAX])

    def _change(self, data: bytearray) -> None:
        """One change in one place."""
        draw, at = self._chance.random, int(self._chance.random() * (len(data) + 1))
        kind = int(draw() * 7)
        if kind == 0 and at < len(data):
            data[at] = int(draw() * 256)
        elif kind == 1 and at < len(data):
            data[at] ^= 1 << int(draw() * 8)
        elif kind == 2:
            del data[at : at + 1 + int(draw() * 8)]
        elif kind == 3:
            data[at:at] = data[at : at + 1 + int(draw() * 16)] * 2
        elif kind == 4:
            other = self.corpus[int(draw() * len(self.corpus))]
            begin = int(draw() * (len(other) + 1))
            data[at:] = other[begin:]
        else:
            word = WORDS[int(draw() * len(WORDS))]
            data[at : at + (len(word) if kind == 5 else 0)] = word
