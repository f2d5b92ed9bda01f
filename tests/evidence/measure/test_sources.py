"""Sources to clips: what is decoded, what is reused, and what is refused."""

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gate.errors import UsageError
from gate.evidence.measure import ffmpeg
from gate.evidence.measure.sources import prepare
from gate.evidence.measure.spec import Corpus, Raw, Source
from gate.evidence.measure.y4m import described

RAW = Raw(size="64x48", frame_rate="25/1")
PICTURE = 64 * 48 * 3 // 2


@pytest.fixture(scope="module")
def tools():
    return ffmpeg.tools(ffmpeg.find(None), model="vmaf_v0.6.1", pooling="mean")


@pytest.fixture
def one(tools, tmp_path):
    def prepared(source, frames=4, **length):
        folder = tmp_path / "clips"
        made = prepare(corpus(source, **length or {"frames": frames}), tools, folder, base=tmp_path)
        assert not [path.name for path in folder.iterdir() if path.suffix not in {".y4m", ".sha256"}]
        return made[source.label]

    return prepared


def corpus(*sources, size="64x48", **length):
    return Corpus(sources=sources, size=size, **length)


def file_source(*, path, **fields):
    """As `Source`, but for a path of any length and with any character."""
    return Source.model_construct(file=str(path), **fields)


def raw(path, frames, raw=RAW, name="raw", **more):
    path.write_bytes(bytes(range(256)) * (PICTURE * frames // 256))
    return file_source(name=name, path=path, raw=raw, **more)


def video(tools, path, *output, size="64x48", rate="25", frames=6):
    graph = f"testsrc=s={size}:r={rate}"
    source = ["-loglevel", "error", "-f", "lavfi", "-i", graph, "-frames:v", str(frames), "-pix_fmt", "yuv420p"]
    subprocess.run([tools.ffmpeg, *source, *output, path], check=True)
    return file_source(name=path.stem, path=path)


def test_a_synthetic_source(one):
    clip = one(Source(name="mine", synthetic="flat"))
    assert (clip.name, clip.width, clip.height, clip.frame_rate) == ("mine", 64, 48, "25/1")
    assert (clip.frames, clip.pixel_format) == (4, "yuv420p")


def test_raw_yuv_is_taken_byte_by_byte(one, tmp_path):
    source = raw(tmp_path / "a.yuv", 5)
    clip = one(source, frames=5)
    pictures = b"".join(clip.path.read_bytes().split(b"FRAME\n")[1:])
    assert pictures == Path(source.file).read_bytes()


def test_the_same_pictures_have_one_digest_wherever_they_come_from(one, tools, tmp_path):
    lossless = video(tools, tmp_path / "a.nut", "-c:v", "ffv1", "-pix_fmt", "yuv420p", frames=4)
    (tmp_path / "b.yuv").write_bytes(
        b"".join(one(lossless).path.read_bytes().split(b"FRAME\n")[1:])  # without the header
    )
    again = file_source(name="b", path=tmp_path / "b.yuv", raw=RAW)
    assert one(lossless).digest == one(again).digest


@pytest.mark.parametrize("changed", [Raw(size="48x64", frame_rate="25/1"), Raw(size="64x48", frame_rate="30/1")])
def test_another_geometry_or_rate_is_another_clip(changed, one, tmp_path):
    path = tmp_path / "a.yuv"
    assert one(raw(path, 4)).digest != one(raw(path, 4, changed)).digest


@pytest.mark.parametrize(
    ("output", "pixel_format"),
    [
        (("-c:v", "ffv1", "-pix_fmt", "yuv422p"), "yuv422p"),
        (("-c:v", "ffv1", "-pix_fmt", "yuv444p"), "yuv444p"),
        (("-c:v", "ffv1", "-pix_fmt", "yuv420p10le"), "yuv420p10le"),
        (("-c:v", "libx264", "-pix_fmt", "yuv420p"), "yuv420p"),
    ],
)
def test_a_file_keeps_its_pixel_format(output, pixel_format, one, tools, tmp_path):
    assert one(video(tools, tmp_path / "a.mkv", *output)).pixel_format == pixel_format


@pytest.mark.parametrize(
    ("rate", "seconds", "frames"), [("25", 0.16, 4), ("24000/1001", 0.2, 4), ("25", 0.01, 1), ("50", 0.09, 4)]
)
def test_a_length_in_seconds_counts_whole_frames(rate, seconds, frames, one, tools, tmp_path):
    source = video(tools, tmp_path / "a.nut", "-c:v", "ffv1", rate=rate)
    clip = one(source, seconds=seconds)
    assert clip.frames in {frames, frames + 1}
    assert corpus(source, seconds=seconds).frames_at(clip.frame_rate, source) == frames


def test_a_clip_that_is_there_is_not_decoded_again(one, tmp_path):
    source = Source(name="mine", synthetic="flat")
    before = one(source)
    written = before.path.stat()
    assert one(source) == before
    assert before.path.stat() == written


@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "remove", "forget", "garble"])
def test_a_clip_that_is_not_what_it_was_is_decoded_again(harm, one):
    source = Source(name="mine", synthetic="flat")
    clip = one(source)
    held = clip.path.read_bytes()
    note = clip.path.with_suffix(".sha256")
    if harm == "remove":
        clip.path.unlink()
    elif harm in {"forget", "garble"}:
        note.write_bytes(b"\xff" if harm == "garble" else b"")
    else:
        clip.path.write_bytes({"flip": held[:-9] + b"\x07" + held[-8:], "cut": held[:-9], "empty": b""}[harm])
    assert one(source) == clip
    assert clip.path.read_bytes() == held


def test_a_file_that_changed_is_another_clip(one, tmp_path):
    path = tmp_path / "a.yuv"
    before = one(raw(path, 4))
    path.write_bytes(bytes(PICTURE * 4))
    after = one(file_source(name="raw", path=path, raw=RAW))
    assert after.digest != before.digest
    assert sorted(left.suffix for left in after.path.parent.iterdir()) == [".sha256", ".y4m"]  # the old one has gone


def test_a_file_is_the_one_that_the_spec_names(one, tmp_path):
    source = raw(tmp_path / "a.yuv", 4)
    digest = hashlib.sha256(Path(source.file).read_bytes()).hexdigest()
    assert one(file_source(name="a", path=source.file, raw=RAW, sha256=digest)).frames == 4
    with pytest.raises(UsageError, match=f"its sha256 is {digest}"):
        one(file_source(name="a", path=source.file, raw=RAW, sha256="0" * 64))


def test_a_name_may_be_anything(one, tools, tmp_path):
    path = tmp_path / "a:b %d [0] 'é'.nut"
    Path(video(tools, tmp_path / "a.nut", "-c:v", "ffv1").file).rename(path)
    assert one(file_source(name="../../etc/passwd", path=path)).name == "../../etc/passwd"


REFUSED = {
    "missing": (lambda p: file_source(name="a", path=p / "none.yuv"), "can't be read: No such file"),
    "folder": (lambda p: file_source(name="a", path=p), "is no file"),
    "empty": (lambda p: raw(p / "a.yuv", 0), "is empty"),
    "empty video": (lambda p: raw(p / "a.mp4", 0, None), "is empty"),
    "not a video": (lambda p: raw(p / "a.mp4", 4, None), "FFmpeg can't decode it"),
    "too short": (lambda p: raw(p / "a.yuv", 3), "has 3 frames, 4 are asked for"),
    "odd width": (
        lambda p: raw(p / "a.yuv", 4, Raw(size="63x48", frame_rate="25")),
        "63x48 is odd: the chroma of yuv420p is 2x2",
    ),
    "odd height": (
        lambda p: raw(p / "a.yuv", 4, Raw(size="64x47", frame_rate="25", pixel_format="yuv420p10le")),
        "64x47 is odd: the chroma of yuv420p10le is 2x2",
    ),
    "wrong size": (
        lambda p: raw(p / "a.yuv", 4, Raw(size="66x48", frame_rate="25")),
        "are no whole frames of 66x48 yuv420p, 4752 bytes each",
    ),
    "wrong size in full range": (
        lambda p: raw(p / "a.yuv", 4, Raw(size="66x48", frame_rate="25", pixel_format="yuvj420p")),
        "are no whole frames of 66x48 yuvj420p, 4752 bytes each",
    ),
    "too small": (lambda p: small(p / "a.yuv", 16, 16), "16x16 is too small: VMAF needs more than 16 pixels"),
    "too narrow": (lambda p: small(p / "a.yuv", 16, 64), "16x64 is too small"),
    "too low": (lambda p: small(p / "a.yuv", 64, 2), "64x2 is too small"),
    "concatenation": (lambda p: text(p / "a.y4m", "ffconcat version 1.0\nfile b.y4m\n"), "is a playlist: the pictures"),
    "marked": (lambda p: text(p / "a.y4m", "\ufeffffconcat version 1.0\nfile b.y4m\n"), "is a playlist: the pictures"),
    "HLS": (lambda p: text(p / "a.m3u8", "#EXTM3U\n#EXTINF:1,\nb.ts\n"), "is a playlist: the pictures"),
    "null character": (lambda p: file_source(name="a", path=p / "a\0b"), "can't be read: embedded null byte"),
    "no generator": (lambda _: Source(name="a", synthetic="none"), "no generator 'none'"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(case, one, tmp_path):
    make, said = REFUSED[case]
    with pytest.raises(UsageError, match=said) as error:
        one(make(tmp_path))
    assert error.value.where
    assert list(tmp_path.glob("clips/*")) == []


def small(path, width, height):
    path.write_bytes(bytes(width * height * 3 // 2 * 4))
    return file_source(name="a", path=path, raw=Raw(size=f"{width}x{height}", frame_rate="25"))


def text(path, contents):
    path.write_text(contents)
    return file_source(name="a", path=path)


def test_the_smallest_clip_that_can_be_scored(one, tmp_path):
    assert one(small(tmp_path / "a.yuv", 18, 18)).width == 18


def test_numbered_files_are_not_one_source(one, tools, tmp_path):
    for name in ("a1.png", "a2.png", "a3.png", "a4.png", "a%d.png"):
        Path(video(tools, tmp_path / "a.png", frames=1).file).rename(tmp_path / name)
    with pytest.raises(UsageError, match="is of the format image2: the pictures are in other files"):
        one(file_source(name="a", path=tmp_path / "a%d.png"))


def test_a_raw_file_may_begin_with_any_bytes(one, tmp_path):
    path = tmp_path / "a.yuv"
    path.write_bytes(b"#EXTM3U\n" + bytes(PICTURE * 4 - 8))
    assert one(file_source(name="raw", path=path, raw=RAW)).frames == 4


def test_pictures_that_are_no_yuv_are_not_converted_unasked(one, tools, tmp_path):
    with pytest.raises(UsageError, match="its pictures are no YUV") as error:
        one(video(tools, tmp_path / "a.nut", "-c:v", "ffv1", "-pix_fmt", "bgr0"))
    assert "-pix_fmt yuv420p" in error.value.fix


@pytest.mark.parametrize("kept", ["lt(n,2)+gt(n,3)", "not(mod(n,3))+lt(n,3)"])
def test_no_picture_is_repeated_unasked(kept, one, tools, tmp_path):
    source = video(tools, tmp_path / "a.nut", "-vf", f"select='{kept}'", "-fps_mode", "passthrough", "-c:v", "ffv1")
    with pytest.raises(UsageError, match=r"has no constant frame rate: [1-9]"):
        one(source, frames=6)
    assert list(tmp_path.glob("clips/*")) == []


def test_pictures_that_begin_late_are_not_filled_up(one, tools, tmp_path):
    made, path = video(tools, tmp_path / "a.nut", "-c:v", "ffv1"), tmp_path / "late.mkv"
    heard = ["-f", "lavfi", "-i", "sine=d=1", "-itsoffset", "0.2", "-i", made.file]
    subprocess.run([tools.ffmpeg, "-loglevel", "error", *heard, "-c:v", "copy", path], check=True)
    with pytest.raises(UsageError, match="has no constant frame rate: 5 pictures would be repeated"):
        one(file_source(name="late", path=path))


@pytest.mark.parametrize(("rate", "container"), [("60000/1001", "mkv"), ("24000/1001", "ts"), ("30000/1001", "mp4")])
def test_times_that_a_container_rounds_are_a_constant_rate(rate, container, one, tools, tmp_path):
    source = video(tools, tmp_path / f"a.{container}", "-c:v", "libx264", "-bf", "2", rate=rate, frames=40)
    assert one(source, frames=40).frames == 40


def test_sound_alone_is_told_so(one, tools, tmp_path):
    path = tmp_path / "a.wav"
    subprocess.run([tools.ffmpeg, "-loglevel", "error", "-f", "lavfi", "-i", "sine=d=0.1", path], check=True)
    with pytest.raises(UsageError, match="holds no video"):
        one(file_source(name="a", path=path))


@pytest.mark.parametrize("header", ["YUV4MPEG2 F25:1", "YUV4MPEG2 W64 F25:1", "YUV4MPEG2 W64 Hx F25:1", "YUV4MPEG2"])
def test_a_header_that_lacks_something_is_told_so(header, tmp_path):
    (tmp_path / "a.y4m").write_text(header + "\n")
    with pytest.raises(UsageError, match="decodes to what no encode can be scored against"):
        described(tmp_path / "a.y4m", "a")


def test_full_range_is_another_clip(one, tools, tmp_path):
    limited = one(video(tools, tmp_path / "a.nut", "-c:v", "rawvideo"))
    full = one(video(tools, tmp_path / "b.nut", "-c:v", "rawvideo", "-bsf:v", "null", "-color_range", "pc"))
    assert limited.digest != full.digest


def test_a_video_of_odd_size_is_refused(one, tools, tmp_path):
    source = video(tools, tmp_path / "a.nut", "-c:v", "ffv1", "-pix_fmt", "yuv420p", size="63x48")
    with pytest.raises(UsageError, match="63x48 is odd"):
        one(source)
    assert list(tmp_path.glob("clips/*")) == []


def test_odd_sizes_are_fine_where_chroma_is_not_halved(one, tools, tmp_path):
    assert one(video(tools, tmp_path / "a.nut", "-c:v", "ffv1", "-pix_fmt", "yuv444p", size="63x47")).width == 63


def test_an_odd_synthetic_size_is_refused(tools, tmp_path):
    source = Source(name="a", synthetic="flat")
    with pytest.raises(UsageError, match="65x48 is odd"):
        prepare(corpus(source, size="65x48", frames=1), tools, tmp_path, base=tmp_path)


def test_a_folder_that_can_not_be_made(tools, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="can't hold clips"):
        prepare(corpus(Source(synthetic="flat"), frames=1), tools, tmp_path / "file" / "x", base=tmp_path)


def test_paths_are_found_from_wherever_the_program_runs(tools, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    raw(Path("a.yuv"), 4)
    source = file_source(name="a", path=Path("a.yuv"), raw=RAW)
    made = prepare(corpus(source, frames=4), tools, Path("clips"), base=Path())
    assert made["a"].frames == 4


# --- segments, and what shapes their pictures ------------------------------------------------------------------------


def pictures(clip):
    """The planes of each picture of a 4:2:0 clip: arrays of (height, width)."""
    width, height = clip.width, clip.height
    found = []
    for raw in clip.path.read_bytes().split(b"FRAME\n")[1:]:
        planes = np.frombuffer(raw, np.uint8)
        luma, rest = planes[: width * height].reshape(height, width), planes[width * height :]
        found.append((luma, *rest.reshape(2, height // 2, width // 2)))
    return found


def alike(one, other):
    return len(one) == len(other) and all(
        np.array_equal(a, b) for x, y in zip(one, other, strict=True) for a, b in zip(x, y, strict=True)
    )


@pytest.fixture
def twelve(tools, tmp_path):
    """Twelve pictures at 24 a second, with B-frames and one key frame only: a seek would have to guess."""
    return video(tools, tmp_path / "a.nut", "-c:v", "libx264", "-bf", "3", "-g", "99", rate="24", frames=12)


CUT: dict[str, tuple[dict[str, object], Any]] = {
    "start": ({"start": 0.25, "frames": 3}, lambda all_: all_[6:9]),
    "start between two pictures": ({"start": 0.13, "frames": 2}, lambda all_: all_[4:6]),
    "frames beside the corpus's": ({"frames": 5}, lambda all_: all_[:5]),
    "seconds beside the corpus's": ({"duration": 0.25}, lambda all_: all_[:6]),
    "fps": ({"fps": "12", "frames": 5}, lambda all_: all_[:10:2]),
    "crop of the middle": ({"crop": "32x24"}, lambda all_: [cropped(each, 16, 12, 32, 24) for each in all_]),
    "crop at a place": ({"crop": "32x24+8+4"}, lambda all_: [cropped(each, 8, 4, 32, 24) for each in all_]),
    "crop and start": ({"crop": "32x24", "start": 0.25, "frames": 2},
                       lambda all_: [cropped(each, 16, 12, 32, 24) for each in all_[6:8]]),
}  # fmt: skip


def cropped(planes, x, y, width, height):
    return tuple(
        plane[y // by : (y + height) // by, x // by : (x + width) // by]
        for plane, by in zip(planes, (1, 2, 2), strict=True)
    )


@pytest.mark.parametrize("case", CUT)
def test_a_segment_is_what_the_whole_file_shows_there(case, one, twelve):
    changes, expected = CUT[case]
    whole = pictures(one(twelve, frames=12))
    assert alike(
        pictures(one(twelve.model_copy(update=changes), frames=4 if "frames" in changes else 12)), expected(whole)
    )


def test_repeated_pictures_are_left_out(one, tools, tmp_path):
    plain, path = video(tools, tmp_path / "a.nut", "-c:v", "ffv1", rate="20", frames=16), tmp_path / "b.nut"
    every_fifth = ["-vf", "setpts='(N+floor(N/4))/25/TB',fps=25", "-c:v", "ffv1"]
    subprocess.run([tools.ffmpeg, "-loglevel", "error", "-i", plain.file, *every_fifth, path], check=True)
    repeated = file_source(name="b", path=path)
    assert one(repeated, frames=19).frame_rate == "25/1"
    clip = one(repeated.model_copy(update={"decimate": 5}), frames=12)
    assert clip.frame_rate == "20/1"
    assert alike(pictures(clip), pictures(one(plain, frames=12)))


@pytest.mark.parametrize(
    ("size", "scale"), [("96x48", "64x48"), ("64x96", "64x48"), ("128x96", "64x48"), ("48x36", "64x48")]
)
def test_scaling_covers_and_never_distorts(size, scale, one, tools, tmp_path):
    source, path = video(tools, tmp_path / "a.nut", "-c:v", "ffv1", size=size), tmp_path / "b.nut"
    found = pictures(one(source.model_copy(update={"scale": scale})))
    # The plain way: scale by one factor, so that nothing is distorted, and take the middle.
    width, height = map(int, size.split("x"))
    factor = max(64 / width, 48 / height)
    flags = "lanczos+accurate_rnd+full_chroma_int+bitexact"
    whole = ["-vf", f"scale={round(width * factor)}:{round(height * factor)}:flags={flags}", "-c:v", "ffv1"]
    subprocess.run([tools.ffmpeg, "-loglevel", "error", "-i", source.file, *whole, path], check=True)
    scaled = one(file_source(name="b", path=path))
    middle = ((scaled.width - 64) // 2, (scaled.height - 48) // 2)
    assert alike(found, [cropped(each, *middle, 64, 48) for each in pictures(scaled)])


def test_a_pixel_format_is_converted_to_where_the_spec_says_so(one, tools, tmp_path):
    source = video(tools, tmp_path / "a.nut", "-c:v", "ffv1", "-pix_fmt", "yuv444p")
    assert one(source).pixel_format == "yuv444p"
    assert one(source.model_copy(update={"pixel_format": "yuv420p"})).pixel_format == "yuv420p"


def test_raw_yuv_may_be_cut_too(one, tmp_path):
    source = raw(tmp_path / "a.yuv", 8).model_copy(update={"start": 0.16, "frames": 2})
    pictures = Path(source.file).read_bytes()[4 * PICTURE : 6 * PICTURE]
    assert b"".join(one(source).path.read_bytes().split(b"FRAME\n")[1:]) == pictures


@pytest.mark.parametrize("codec", ["libx264", "mpeg2video", "ffv1"])
def test_a_clip_that_decodes_with_errors_is_refused(codec, one, tools, tmp_path):
    noise = ("-vf", "noise=alls=40:allf=t:all_seed=1")
    source = video(tools, tmp_path / "a.mkv", *noise, "-c:v", codec, "-g", "99", size="160x96", frames=24)
    assert one(source, frames=24).frames == 24
    held = bytearray(Path(source.file).read_bytes())
    for at in range(len(held) // 2, len(held) // 2 + 400):
        held[at] ^= 0x5A
    Path(source.file).write_bytes(held)
    with pytest.raises(UsageError, match=r"decodes with errors: \S|FFmpeg can't decode it|has \d+ frames, 24") as error:
        one(source, frames=24)
    assert error.value.where == source.file
    assert list(tmp_path.glob("clips/*")) == []


def test_a_file_that_a_step_brings_says_which(tools, tmp_path):
    missing = Corpus(sources=(file_source(name="a", path="none.mp4"),), frames=1, fetch="make corpus")
    with pytest.raises(UsageError, match=r"can't be read: No such file .*\(bring it with `make corpus`\)"):
        prepare(missing, tools, tmp_path / "clips", base=tmp_path)
