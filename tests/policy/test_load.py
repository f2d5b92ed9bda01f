"""The policy file: what it takes, and the one clear error for what it doesn't."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import pytest

from gate.errors import PolicyError
from gate.policy.load import default_policy, load_policy

WHERE = ".github/codec-gate.yml"

FULL = b"""
version: 1
mode: advisory
adapters:
  - {paths: "pkg/*.py", reader: vmaf-tune}
  - {paths: [a.yml, b.yml], reader: manifest}
samples:
  - {builtin: research-0080}
  - {path: evidence/x.parquet, sha256: "%s", codecs: libx264}
tolerances: {bitrate_pct: 4, vmaf: 0.2}
structural: 5
reach: emitted
max_evidence_age: {days: 365, action: fail}
forbid:
  - {codec: libx264, knobs: {bf: 0, mbtree: off, psy-rd: 0.5}, q: [1, 2.5, x], preset: slow, reason: measured}
waivers:
  - {codec: h264_nvenc, recipe: bf3, rc_mode: vbr, reason: r, owner: o, expires: 2027-01-31}
""" % (b"a" * 64)


def test_a_full_policy():
    policy = load_policy(FULL, WHERE).policy
    assert [part.paths for part in policy.adapters] == [("pkg/*.py",), ("a.yml", "b.yml")]
    assert policy.samples[1].codecs == ("libx264",)
    assert policy.forbid[0].knobs == {"bf": "0", "mbtree": "0", "psy-rd": "0.5"}
    assert policy.forbid[0].q == ("1", "2.5", "x")
    assert policy.forbid[0].preset == ("slow",)
    assert policy.waivers[0].expires == dt.date(2027, 1, 31)


def test_an_almost_empty_policy_has_the_documented_defaults():
    assert load_policy(b"version: 1\n", WHERE).policy == default_policy().policy


def test_the_digest_is_that_of_the_bytes():
    assert load_policy(b"mode: enforce", WHERE).digest != load_policy(b"mode: enforce\n", WHERE).digest


BAD = [
    (b"modee: advisory", "modee: unknown key"),
    (b"mode: soft", "mode: .*'enforce' or 'advisory'.*'soft'"),
    (b"", "holds nothing"),
    (b"- a\n", "holds a list"),
    (b"a: [", r"yml:1: is not YAML"),
    (b"a:\n\t- b", r"yml:2: is not YAML"),
    (b"mode: enforce\nmode: advisory", r"yml:2: .*'mode' is given twice"),
    (b"forbid: [{codec: a, codec: b, recipe: r, reason: x}]", "'codec' is given twice"),
    (b"x: &a [1]\ny: *a", "aliases are not supported"),
    (b"\xff\xfe", "not UTF-8"),
    (b"? [1, 2]\n: 3", "key is not a plain word"),
    (b"!!python/object/apply:os.system ['touch /tmp/pwned']", "is not YAML"),
    (b"version: 2", "version"),
    (b"structural: 0", "structural: is impossible"),
    (b"structural: 10/9", "structural: is impossible"),
    (b"structural: 0/9", "structural: is impossible"),
    (b"structural: 7/0", "structural: is impossible"),
    (b"structural: most", "structural: is neither"),
    (b"structural: 0.7", "structural: is neither"),
    (b"structural: true", "structural: is neither"),
    (b"tolerances: {vmaf: -1}", r"tolerances\.vmaf"),
    (b"tolerances: {vmaf: .inf}", r"tolerances\.vmaf"),
    (b"tolerances: {bitrate_pct: 0}", r"tolerances\.bitrate_pct"),
    (b"tolerances: {bitrate: 5}", r"tolerances\.bitrate: unknown key"),
    (b"adapters: []", "adapters"),
    (b"adapters: [{paths: []}]", r"adapters\[0\]\.paths"),
    (b"adapters: [{paths: x, reader: ruby}]", r"adapters\[0\]\.reader"),
    (b"samples: [{path: x}]", r"samples\[0\]: needs `sha256`"),
    (b"samples: [{path: x, builtin: y, sha256: %s}]" % (b"a" * 64), "exactly one of"),
    (b"samples: [{path: x, sha256: ABC}]", r"samples\[0\]\.sha256: is not a sha256"),
    (b"samples: [{url: 'http://x', sha256: %s}]" % (b"a" * 64), r"samples\[0\]\.url: is not an https:// address"),
    (b"samples: [{url: 'https://x/y'}]", r"samples\[0\]: needs `sha256`"),
    (b"samples: [{url: 'https://x/y', path: z, sha256: %s}]" % (b"a" * 64), "exactly one of"),
    (b"samples: [{url: 'https://me:secret@x/y', sha256: %s}]" % (b"a" * 64), "holds a user name or password"),
    (b"detector: median", "detector"),
    (b"forbid: [{codec: a, recipe: r}]", r"forbid\[0\]\.reason: is missing"),
    (b"forbid: [{codec: a, reason: r}]", "exactly one of `recipe` and `knobs`"),
    (b"forbid: [{codec: a, recipe: bare, reason: r}]", "names `bare`"),
    (b"forbid: [{codec: a, knobs: {}, reason: r}]", r"forbid\[0\]\.knobs"),
    (b"waivers: [{codec: a, recipe: r, reason: x, owner: o}]", r"waivers\[0\]\.expires: is missing"),
    (b"waivers: [{codec: a, recipe: r, reason: x, owner: o, expires: 2027-02-30}]", "day"),
    (b"waivers: [{codec: a, recipe: r, reason: x, owner: '', expires: 2027-02-01}]", r"waivers\[0\]\.owner"),
    (b"a: " + b"[" * 5000, "is not YAML|nested too deeply"),
    (b"#" * 1_000_001, "more than a document's"),
]


@pytest.mark.parametrize(("contents", "message"), BAD, ids=[text[:40].decode("latin-1") for text, _ in BAD])
def test_a_bad_policy_is_one_line_that_names_the_place(contents, message):
    with pytest.raises(PolicyError, match=message) as caught:
        load_policy(contents, WHERE)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(WHERE)


@pytest.mark.parametrize(
    ("structural", "share"), [("7/9", Fraction(7, 9)), ("14/18", Fraction(7, 9)), ("5", 5), ("1/1", 1)]
)
def test_structural_is_a_number_or_a_fraction(structural, share):
    assert load_policy(f"structural: {structural}".encode(), WHERE).policy.share == share
