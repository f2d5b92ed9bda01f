"""The bundled corpus: nine synthetic sources, as graphs of FFmpeg's own generators that make the same on every run.

Contents and strengths were chosen by measuring: at 320x180 and the qualities of `fixtures/generated/spec.yaml`, every
ladder of libx264, libx265 and libsvtav1 lies between the floor of VMAF and its saturation.
"""

from __future__ import annotations

from collections.abc import Mapping


def _graph(*filters: str) -> str:
    return ",".join(filters)


def _clouds(*, octaves: int, persistence: float, pace: float, scale: float, seed: int) -> str:
    """Perlin noise: cloud-like texture with detail at every scale, as natural pictures have."""
    detail = f"octaves={octaves}:persistence={persistence}:xscale={scale}:yscale={scale}:tscale={pace}"
    return f"perlin=s={{width}}x{{height}}:r={{rate}}:{detail}:random_mode=seed:random_seed={seed}"


def _grain(strength: int, seed: int) -> str:
    """Noise that is new in each frame. Without a seed of its own it would be new in each run, too."""
    return f"noise=alls={strength}:allf=t:all_seed={seed}"


def _turning(pace: float, corners: str = "gray") -> str:
    """A slow turn, in radians a frame: no block of a picture is a moved block of the one before."""
    return f"rotate=a={pace}*n:fillcolor={corners}"


_TO_SIZE = "scale=w={width}:h={height}:flags=bicubic"
_GLYPHS = "if(lt(mod(X,W/16),W/20)*lt(mod(Y,H/10),H/15),190-50*gt(lum(X,Y),128),190)"

SYNTHETIC: Mapping[str, str] = {
    "grain": _graph(
        _clouds(octaves=5, persistence=0.7, pace=0.4, scale=3, seed=11),
        "format=yuv420p,lutyuv=y='128+(val-128)*1.5',scroll=h=0.004:v=0.002",
        _grain(7, 11),
    ),
    "flat": _graph(
        _clouds(octaves=3, persistence=0.6, pace=0.8, scale=3, seed=23),
        "format=yuv420p,lutyuv=y='16+floor(val/28)*28',scroll=h=0.008,avgblur=1",
    ),
    "fractal_zoom": _graph(
        "mandelbrot=s={width}x{height}:r={rate}:start_scale=1.2:end_scale=0.1:end_pts=80:inner=mincol",
        "format=yuv420p,gblur=sigma=0.7",
    ),
    "cellular_automaton": _graph(
        "cellauto=s=160x90:r={rate}:rule=110:random_seed=5:random_fill_ratio=0.4:full=1",
        f"{_TO_SIZE},format=gray,gblur=sigma=1,lutyuv=y='70+val*0.4'",
        f"{_turning(0.012)},format=yuv420p",
        _grain(4, 5),
    ),
    "life": _graph(
        "life=s=80x45:r={rate}:ratio=0.35:random_seed=9:mold=12",
        "format=gray,lutyuv=y='70+val*0.4'",
        f"{_TO_SIZE},format=yuv420p,gblur=sigma=2.2",
    ),
    "text_scroll": _graph(
        # Every cell lives on and none is born: a still pattern, cut into lines of glyphs.
        "life=s=80x90:r={rate}:rule=S012345678/B:ratio=0.5:random_seed=77,format=gray",
        "scale=w={width}:h=2*{height}:flags=neighbor",
        f"geq=lum='{_GLYPHS}',scroll=v=0.0065,crop={{width}}:{{height}}:0:0",
        f"{_turning(0.004, '0xbebebe')},format=yuv420p",
        _grain(5, 77),
    ),
    "high_motion": _graph(
        _clouds(octaves=5, persistence=0.6, pace=2, scale=4, seed=41),
        f"format=yuv420p,scroll=h=0.035:v=0.021,{_turning(0.02)}",
    ),
    "dark_gradients": _graph(
        _clouds(octaves=4, persistence=0.6, pace=0.7, scale=2, seed=31),
        "format=yuv420p,lutyuv=y='24+val*0.35':u=136:v=124,scroll=h=0.003",
        _grain(4, 31),
    ),
    "rings": _graph(
        "zoneplate=s={width}x{height}:r={rate}:kx2=200:ky2=200:kt=30:kxt=9,format=gray,lutyuv=y='80+val*0.35'",
        f"{_turning(0.02)},format=yuv420p,gblur=sigma=0.8",
        _grain(4, 17),
    ),
}
"""Name -> graph, in which `{width}`, `{height}` and `{rate}` stand for the clip's own."""
