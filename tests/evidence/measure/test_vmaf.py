"""How FFmpeg's answers are read: what counts as a score, and what must never."""

import json

import pytest

from gate.evidence.measure.vmaf import (
    LOG,
    PACKETS,
    PICTURES,
    MalformedError,
    listing_arguments,
    read_packets,
    read_vmaf,
    score_graph,
    version_in,
)

HASH = "0123456789abcdef" * 4
LISTED = f"#format: frame checksums\n#version: 2\n0,  -4096,  0,  2048,  4503, {HASH}\n0, 0, NOPTS, 2048, 497, {HASH}\n"


def log(frames=2, **pooled):
    scored = [{"frameNum": number, "metrics": {"vmaf": 90.0 + number}} for number in range(frames)]
    return {"version": "3.0.0", "frames": scored, "pooled_metrics": {"vmaf": {"mean": 90.5} | pooled}}


def test_the_pooling_that_is_asked_for(tmp_path):
    (tmp_path / LOG).write_text(json.dumps(log(harmonic_mean=90.4, min=90)))
    said = {pooling: read_vmaf(tmp_path, pooling=pooling, frames=2) for pooling in ("mean", "harmonic_mean", "min")}
    assert said == {"mean": 90.5, "harmonic_mean": 90.4, "min": 90.0}
    assert version_in((tmp_path / LOG).read_bytes()) == "3.0.0"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ('{"frames": [', "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not an object"),
        ("{}", "holds no frames"),
        (json.dumps(log(frames=1)), "scored 1 frames, the clip has 2"),
        (json.dumps(log(frames=3)), "scored 3 frames, the clip has 2"),
        (json.dumps(log(mean=None)), "no number at pooled_metrics.vmaf.mean"),
        (json.dumps(log(mean="90")), "no number at pooled_metrics.vmaf.mean"),
        (json.dumps(log(mean=True)), "no number at pooled_metrics.vmaf.mean"),
        (json.dumps(log(mean=float("nan"))), "no number at pooled_metrics.vmaf.mean"),
        (json.dumps(log(mean=float("inf"))), "no number at pooled_metrics.vmaf.mean"),
        (json.dumps(log(mean=100.01)), "says 100.01 at pooled_metrics.vmaf.mean, which is off VMAF's scale"),
        (json.dumps(log(mean=-0.5)), "says -0.5 at pooled_metrics.vmaf.mean, which is off VMAF's scale"),
        (json.dumps(log() | {"pooled_metrics": {}}), "no number at pooled_metrics.vmaf.mean"),
        (json.dumps(log() | {"frames": [{"metrics": {"vmaf": float("nan")}}] * 2}), "no number at metrics.vmaf"),
        (json.dumps(log() | {"frames": [7, 7]}), "no number at metrics.vmaf"),
    ],
)
def test_what_is_no_score(tmp_path, text, said):
    (tmp_path / LOG).write_text(text)
    with pytest.raises(MalformedError, match=said):
        read_vmaf(tmp_path, pooling="mean", frames=2)


@pytest.mark.parametrize("score", [0, 100, 100.0])
def test_both_ends_of_the_scale_are_scores(tmp_path, score):
    (tmp_path / LOG).write_text(json.dumps(log(mean=score)))
    assert read_vmaf(tmp_path, pooling="mean", frames=2) == score


def test_no_log(tmp_path):
    assert version_in(b"") == ""
    with pytest.raises(MalformedError, match="wrote no log"):
        read_vmaf(tmp_path, pooling="mean", frames=2)


def test_packets_are_counted_as_encoded_and_known_by_their_pictures(tmp_path):
    (tmp_path / PACKETS).write_text(LISTED)
    (tmp_path / PICTURES).write_text(LISTED.replace("4503", "3828"))
    packets = read_packets(tmp_path, frames=2)
    assert packets.size == 5000
    (tmp_path / PACKETS).write_text(LISTED.replace(HASH, "f" * 64))
    assert read_packets(tmp_path, frames=2).bitstream == packets.bitstream
    (tmp_path / PICTURES).write_text(LISTED.replace(HASH, "f" * 64, 1))
    assert read_packets(tmp_path, frames=2).bitstream != packets.bitstream


@pytest.mark.parametrize(
    ("packets", "pictures", "said"),
    [
        ("#format: frame checksums\n", "", "has no packets"),
        (LISTED.replace("4503", "0").replace("497", "0"), LISTED, "has no packets"),
        (LISTED + LISTED, LISTED + LISTED, "has 4 packets, the clip has 2 frames"),
        (LISTED, LISTED.splitlines()[-1], "has 1 packets, the clip has 2 frames"),
        (LISTED.replace("4503", "x"), LISTED, "not as expected"),
        (LISTED.replace("0, 0,", "1, 0,"), LISTED, "not as expected"),
        (LISTED[:-30], LISTED, "not as expected"),
        (LISTED, "é", "listed no packets"),
        (None, LISTED, "listed no packets"),
    ],
)
def test_what_is_no_list_of_packets(tmp_path, packets, pictures, said):
    for name, text in ((PACKETS, packets), (PICTURES, pictures)):
        if text is not None:
            (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(MalformedError, match=said):
        read_packets(tmp_path, frames=2)


def test_both_sides_are_scored_alike():
    first, second, _ = score_graph("vmaf_v0.6.1", "yuv420p10le").split(";")
    assert first.removeprefix("[0:v:0]").removesuffix("[d]") == second.removeprefix("[1:v:0]").removesuffix("[r]")


def test_only_where_an_encoder_signs_its_stream_is_anything_left_out():
    assert "-bsf:v" in listing_arguments("libx264")
    assert "-bsf:v" not in listing_arguments("libsvtav1")
