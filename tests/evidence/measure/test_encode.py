"""One encode with a real FFmpeg: what it comes to, how it fails, and that it leaves nothing behind."""

import hashlib
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from unittest import mock

import pytest

from gate.encoders import write
from gate.errors import GateError, UsageError
from gate.evidence.measure import encode, ffmpeg
from gate.evidence.measure.model import Encode, Failure, Row, RowKey, Tools
from gate.evidence.measure.sources import prepare
from gate.evidence.measure.spec import Corpus, Source

FRAMES = 8
QUICK = {
    "libx264": "veryfast", "libx265": "ultrafast", "libsvtav1": "12", "libaom-av1": "9", "libvpx-vp9": "8",
    "libvvenc": "faster",
}  # fmt: skip


@pytest.fixture(scope="module")
def tools():
    return ffmpeg.tools(ffmpeg.find(None), model="vmaf_v0.6.1", pooling="mean")


@pytest.fixture(scope="module")
def clip(tools, tmp_path_factory):
    source = Source(name="clip", synthetic="fractal_zoom")
    corpus = Corpus(sources=(source,), frames=FRAMES, size="96x64")
    return prepare(corpus, tools, tmp_path_factory.mktemp("clips"), base=Path())["clip"]


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "encodes"
    made.mkdir()
    yield made
    assert list(made.iterdir()) == []


def asked(codec="libx264", label="crf", q="30", knobs=(), passes=None):
    preset = QUICK[codec]
    made = passes or write.passes(codec, label, preset, q, knobs, threads=1)
    recipe = "some" if knobs else "bare"
    return Encode(place=RowKey("clip", codec, label, recipe, preset, q), knobs=knobs, passes=made)


def measured(*arguments, **more):
    outcome = encode.measure(*arguments, **more)
    assert isinstance(outcome, Row), outcome
    return outcome


def failed(*arguments, **more):
    outcome = encode.measure(*arguments, **more)
    assert isinstance(outcome, Failure), outcome
    return outcome


def stand_in(tmp_path, tools, script):
    """An FFmpeg that does what `script` says; in it, $REAL is the real one."""
    path = tmp_path / "ffmpeg"
    path.write_text(f"#!/bin/sh\nREAL='{tools.ffmpeg}'\n{script}\n")
    path.chmod(0o755)
    return replace(tools, ffmpeg=path)


SCORING = 'case "$*" in *libvmaf*) {scoring};; *) {encoding};; esac'


def scoring(commands):
    return SCORING.format(scoring=commands, encoding='exec "$REAL" "$@"')


# A decoder conceals what is missing of the last picture: there would be as many packets and scores as ever.
SHORTENED = SCORING.format(
    scoring='exec "$REAL" "$@"',
    encoding='"$REAL" "$@"; truncate -s $(($(stat -c %s stream.nut) - 60)) stream.nut',
)


DAMAGED = SCORING.format(
    scoring='exec "$REAL" "$@"',
    encoding='"$REAL" "$@"; truncate -s $(($(stat -c %s stream.nut) - 60)) stream.nut; truncate -s +60 stream.nut',
)


@pytest.mark.parametrize(
    ("codec", "label", "q"),
    [
        ("libx264", "crf", "30"),
        ("libx264", "vbr2", "0.1"),
        ("libx265", "cqp", "30"),
        ("libx265", "vbr2", "0.1"),
        ("libsvtav1", "crf", "40"),
        ("libsvtav1", "cbr", "0.1"),
        ("libvpx-vp9", "crf", "40"),
        ("libvvenc", "cqp", "35"),
    ],
)
def test_an_encode_repeats(codec, label, q, clip, tools, folder):
    first, second = (measured(asked(codec, label, q), clip, tools, folder) for _ in range(2))
    assert replace(first, encode_time_ms=0) == replace(second, encode_time_ms=0)
    assert 10 < first.bitrate_kbps < 2000
    assert 5 < first.vmaf_score < 100
    assert first.encode_time_ms > 0
    assert re.fullmatch("[0-9a-f]{64}", first.bitstream)
    assert first.key == encode.key(asked(codec, label, q), clip, tools)


def test_the_librarys_version_is_in_the_key_and_in_the_row(clip, tools, folder):
    other = replace(tools, libraries={"libx264": "164 r3095"})
    assert encode.key(asked(), clip, tools) != encode.key(asked(), clip, other)
    assert encode.key(asked("libx265"), clip, tools) == encode.key(asked("libx265"), clip, other)
    assert measured(asked(), clip, other, folder).library == "164 r3095"


def test_bitrate_is_that_of_the_stream_without_its_container(clip, tools, folder, tmp_path):
    one = asked("libvpx-vp9", "crf", "40")
    path = tmp_path / "stream.ivf"
    command = [tools.ffmpeg, "-loglevel", "error", "-nostdin", "-i", clip.path, *one.passes[0], path]
    subprocess.run(command, check=True)
    payload = path.stat().st_size - 32 - 12 * FRAMES  # IVF: a header, and one per frame
    assert measured(one, clip, tools, folder).bitrate_kbps == pytest.approx(payload * 8 / (FRAMES / 25) / 1000)


def test_vmaf_is_what_the_filter_prints(clip, tools, folder, tmp_path):
    one = asked()
    path = tmp_path / "stream.mp4"
    quiet = [tools.ffmpeg, "-hide_banner", "-nostdin"]
    subprocess.run([*quiet, "-loglevel", "error", "-i", clip.path, *one.passes[0], path], check=True)
    command = [*quiet, "-i", path, "-i", clip.path, "-lavfi", "libvmaf", "-f", "null", "-"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    (score,) = map(float, re.findall(r"VMAF score: ([\d.]+)", printed))
    assert measured(one, clip, tools, folder).vmaf_score == pytest.approx(score, abs=1e-5)


def test_a_score_does_not_depend_on_threads(clip, tools, folder):
    one, four = (measured(asked(), clip, tools, folder, threads=threads) for threads in (1, 4))
    assert replace(one, encode_time_ms=0) == replace(four, encode_time_ms=0)


def test_poolings_differ(clip, tools, folder):
    said = {
        pooling: measured(asked(), clip, replace(tools, pooling=pooling), folder).vmaf_score
        for pooling in ("min", "harmonic_mean", "mean")
    }
    assert said["min"] < said["harmonic_mean"] < said["mean"]


@pytest.mark.parametrize(
    ("codec", "knob", "changes"),
    [
        ("libx264", ("aq-mode", "1"), False),  # the preset's own
        ("libx264", ("aq-mode", "0"), True),
        ("libx264", ("b-adapt", "1"), False),  # the library's name of it
        ("libx265", ("psy-rd", "2.0"), False),
        ("libx265", ("psy-rd", "0"), True),
        ("libsvtav1", ("enable-tf", "1"), False),
        ("libsvtav1", ("tune", "0"), True),
    ],
)
def test_a_knob_without_effect_leaves_the_stream_as_bare(codec, knob, changes, clip, tools, folder):
    q = "40" if codec == "libsvtav1" else "30"
    bare, with_it = (measured(asked(codec, q=q, knobs=k), clip, tools, folder) for k in ((), (knob,)))
    assert (bare.bitstream != with_it.bitstream) is changes


@pytest.mark.parametrize(
    ("codec", "knobs", "said"),
    [
        ("libx264", (("psy-rd", "1.7:0.3"),), "psy_rd=1.70:0.30"),
        ("libx264", (("refs", "99"),), "ref=16"),  # what the encoder made of it
        ("libx265", (("psy-rd", "1.7"),), "psy-rd=1.70"),
        ("libsvtav1", (("tune", "0"),), " / VQ / random access"),
    ],
)
def test_an_encoder_says_what_it_was_set_to(codec, knobs, said, clip, tools, folder):
    real, found = encode.settings, []

    def noted(*of):
        found.append(real(*of))
        return found[-1]

    with mock.patch.object(encode, "settings", noted):
        row = measured(asked(codec, q="30", knobs=knobs), clip, tools, folder)
    [settings] = found
    assert row.settings_sha256 == hashlib.sha256(settings.encode()).hexdigest()
    assert said in settings
    assert "cpuid" not in settings


@pytest.mark.parametrize(
    ("codec", "knobs", "said"),
    [
        ("libx264", (("no-such", "1"),), "not taken: [libx264] Error parsing option 'no-such = 1'."),
        ("libx264", (("aq-strength", "high"),), "encoding ended with status"),
        ("libx264", (("pix_fmt", "rgb24"),), "not taken: Incompatible pixel format 'rgb24'"),
        ("libx265", (("no-such", "1"),), "not taken: [libx265] Unknown option: no-such."),
        ("libx265", (("aq-mode", "blue"),), "not taken: [libx265] Invalid value for aq-mode: blue."),
        ("libx265", (("aq-mode", "99"),), "encoding ended with status"),
        ("libsvtav1", (("no-such", "1"),), "not taken: [libsvtav1] Error parsing option no-such: 1."),
        ("libsvtav1", (("film-grain", "99"),), "encoding ended with status"),
    ],
)
def test_a_knob_that_an_encoder_does_not_know_is_a_failure(codec, knobs, said, clip, tools, folder):
    one = asked(codec, knobs=knobs)
    failure = failed(one, clip, tools, folder)
    assert said in failure.reason
    assert failure.words.strip()
    assert failure.command[0] == str(tools.ffmpeg)
    assert knobs[0][0] in " ".join(failure.command)
    assert failure.key == encode.key(one, clip, tools)


def test_an_option_of_another_encoder_is_not_taken(clip, tools, folder):
    passes = (("-c:v", "libx264", "-preset", "veryfast", "-crf", "30", "-spatial-aq", "1"),)
    assert "has not been used for any stream" in failed(asked(passes=passes), clip, tools, folder).reason


@pytest.mark.parametrize(
    ("options", "packets"), [(("-frames:v", "5"), 5), (("-vf", "fps=12.5"), 4), (("-vf", "fps=50"), 16)]
)
def test_a_stream_that_lost_or_gained_frames_is_a_failure(options, packets, clip, tools, folder):
    passes = ((*asked().passes[0], *options),)
    failure = failed(asked(passes=passes), clip, tools, folder)
    assert failure.reason == f"the encoded stream has {packets} packets, the clip has 8 frames"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("kill -SEGV $$", "encoding was killed by signal 11"),
        ("echo 'it broke' >&2; exit 3", "encoding ended with status 3"),
        ("exit 0", "encoding wrote no stream"),
        (scoring("exit 4"), "scoring ended with status 4"),
        (scoring("exit 0"), "FFmpeg listed no packets"),
        (scoring('"$REAL" "$@"; rm vmaf.json'), "libvmaf wrote no log"),
        (scoring('"$REAL" "$@"; echo "{" > vmaf.json'), "libvmaf's log is not JSON"),
        (scoring('"$REAL" "$@"; sed -i "s/\\"mean\\": [0-9.]*/\\"mean\\": NaN/" vmaf.json'), "log has no number at"),
        (scoring('"$REAL" "$@"; : > packets.txt'), "the encoded stream has no packets"),
        (SHORTENED, "the encoded stream is cut off: "),
        (DAMAGED, "the encoded stream is damaged: [h264] "),
    ],
)
def test_a_program_that_breaks_is_a_failure(script, reason, clip, tools, folder, tmp_path):
    failure = failed(asked(), clip, stand_in(tmp_path, tools, script), folder)
    assert reason in failure.reason
    assert ("it broke" in script) == (failure.words == "it broke\n")


@pytest.mark.parametrize("bytes_lost", [1, 30])
def test_a_stream_that_lost_its_last_bytes_is_a_failure(bytes_lost, clip, tools, folder, tmp_path):
    cut = SCORING.format(
        scoring='exec "$REAL" "$@"',
        encoding=f'"$REAL" "$@"; truncate -s -{bytes_lost} stream.nut',
    )
    assert re.fullmatch(
        r"the encoded stream is cut off: \d+ of \d+ bytes",
        failed(asked(), clip, stand_in(tmp_path, tools, cut), folder).reason,
    )


def test_an_encode_that_hangs_is_stopped(clip, tools, folder, tmp_path):
    hanging = stand_in(tmp_path, tools, "echo 'still here' >&2; exec sleep 60")
    failure = failed(asked(), clip, hanging, folder, timeout=0.5)
    assert failure.reason == "encoding took longer than 0.5 s"
    assert failure.words == "still here\n"


def test_a_second_pass_that_breaks_is_a_failure(clip, tools, folder, tmp_path):
    breaking = stand_in(tmp_path, tools, 'case "$*" in *"pass 2"*) exit 9;; *) exec "$REAL" "$@";; esac')
    assert failed(asked(label="vbr2", q="0.1"), clip, breaking, folder).reason == "encoding ended with status 9"


@pytest.mark.parametrize(
    "words", ["av_interleaved_write_frame(): No space left on device", "Error writing trailer: Disk quota exceeded"]
)
def test_a_full_disk_stops_the_run(words, clip, tools, folder, tmp_path):
    with pytest.raises(GateError, match="the disk is full") as error:
        encode.measure(asked(), clip, stand_in(tmp_path, tools, f"echo '{words}' >&2; exit 1"), folder)
    assert not isinstance(error.value, UsageError)


def test_a_vanished_ffmpeg_stops_the_run(clip, tools, folder, tmp_path):
    with pytest.raises(UsageError, match="FFmpeg can't be started"):
        encode.measure(asked(), clip, replace(tools, ffmpeg=tmp_path / "gone"), folder)


def test_a_vanished_folder_stops_the_run(clip, tools, tmp_path):
    with pytest.raises(GateError, match="can't work there"):
        encode.measure(asked(), clip, tools, tmp_path / "gone")


def test_a_key_is_of_all_that_matters(clip, tools):
    one = asked()
    other = [
        encode.key(replace(one, passes=((*one.passes[0], "-bf", "2"),)), clip, tools),
        encode.key(one, replace(clip, digest="0" * 64), tools),
        *(
            encode.key(one, clip, replace(tools, **{name: "another"}))
            for name in ("ffmpeg_version", "libvmaf_version", "model", "pooling", "device", "driver")
        ),
    ]
    assert len({encode.key(one, clip, tools), *other}) == len(other) + 1


def test_a_key_is_of_nothing_else(clip, tools, tmp_path):
    one = asked()
    elsewhere = replace(clip, name="copy", path=tmp_path / "copy.y4m")
    moved = replace(tools, ffmpeg=tmp_path / "ffmpeg")
    assert isinstance(moved, Tools)
    twin = replace(one, place=one.place._replace(source="copy", recipe="twin"))
    assert encode.key(twin, elsewhere, moved) == encode.key(one, clip, tools)
