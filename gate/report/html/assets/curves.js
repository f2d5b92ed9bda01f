// The two charts of a cell: rate–distortion on one source, and Δ VMAF over all sources.

const BARE = 'bare';
const NEAR = 1.3; // how far around the candidate's bitrate the close view goes, as a factor

const label = (p) => `${p.recipe} ${p.preset} ${p.q}: ${bitrate(p.kbps)} kbit/s, VMAF ${fixed(p.vmaf, 2)}`;

// What a source's chart shows: ladders by preset, the recipe's own rungs at the cell's preset, and the hull.
function planeOf(cell, row) {
  const rungs = rungsOf(cell, row.source);
  const ladders = new Map();
  for (const rung of rungs.filter((r) => r.recipe === BARE)) {
    ladders.set(rung.preset, [...(ladders.get(rung.preset) ?? []), rung]);
  }
  const own = rungs.filter((r) => r.recipe === cell.recipe && r.preset === cell.preset);
  return { ladders, own, hull: rungs.filter((r) => r.hull) };
}

function extent(values, pad) {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return [low - pad(low, high), high + pad(low, high)];
}

function domains(row, plane, close) {
  const spots = [
    { kbps: row.kbps, vmaf: row.vmaf },
    ...(row.bare_kbps === null ? [] : [{ kbps: row.bare_kbps, vmaf: row.bare_vmaf }]),
    ...(row.second_vmaf === null ? [] : [{ kbps: row.kbps, vmaf: row.second_vmaf }]),
  ];
  if (close) {
    const ys = extent(spots.map((s) => s.vmaf), (low, high) => Math.max(0.5, (high - low) * 0.5));
    return { xs: [row.kbps / NEAR, row.kbps * NEAR], ys };
  }
  const all = [...spots, ...plane.own, ...[...plane.ladders.values()].flat()];
  const [low, high] = extent(all.map((p) => p.kbps), () => 0);
  return { xs: [low / 1.15, high * 1.15], ys: extent(all.map((p) => p.vmaf), (a, b) => Math.max(0.3, (b - a) * 0.06)) };
}

function rdCurve(cell, row, close, id) {
  const plane = planeOf(cell, row);
  const { xs, ys } = domains(row, plane, close);
  const { x, y, axes, clip, marks } = frame(xs, ys, id);
  marks.append(svg('path', { class: 'hull', 'data-mark': 'hull', d: stairs(plane.hull, x, y) }));
  [...plane.ladders].forEach(([preset, rungs], at) => {
    marks.append(svg('path', { class: `ladder dash-${at % 4}`, 'data-mark': 'ladder', 'data-preset': preset, d: path(rungs, x, y) }));
    for (const rung of rungs) marks.append(circle(x(rung.kbps), y(rung.vmaf), 2.5, { class: 'rung', 'data-mark': 'rung' }, label(rung)));
  });
  marks.append(svg('path', { class: 'own', 'data-mark': 'own', d: path(plane.own, x, y) }));
  for (const rung of plane.own) marks.append(diamond(x(rung.kbps), y(rung.vmaf), 3, { class: 'own-rung', 'data-mark': 'own-rung' }, label(rung)));
  marks.append(...spotsOf(cell, row, x, y));
  return svg(
    'svg',
    { class: 'plot', viewBox: `0 0 ${FRAME.width} ${FRAME.height}`, role: 'img', 'aria-label': spoken(cell, row) },
    clip,
    axes,
    marks
  );
}

// The candidate, the bare row that the published rule matched it with, and the bare ladder at its own bitrate.
function spotsOf(cell, row, x, y) {
  const here = { recipe: cell.recipe, preset: cell.preset, q: cell.q, kbps: row.kbps, vmaf: row.vmaf };
  const spots = [diamond(x(row.kbps), y(row.vmaf), 6, { class: 'candidate', 'data-mark': 'candidate' }, label(here))];
  if (row.bare_kbps !== null) {
    const bare = { recipe: BARE, preset: row.preset, q: row.q, kbps: row.bare_kbps, vmaf: row.bare_vmaf };
    spots.push(circle(x(bare.kbps), y(bare.vmaf), 7, { class: 'reference', 'data-mark': 'reference' }, `matched reference, ${label(bare)}`));
  }
  if (row.second_vmaf !== null) {
    const at = `bare ladder at the same bitrate: VMAF ${fixed(row.second_vmaf, 2)}`;
    spots.push(cross(x(row.kbps), y(row.second_vmaf), 7, { class: 'interpolated', 'data-mark': 'interpolated' }, at));
  }
  return spots;
}

function spoken(cell, row) {
  const bare = row.bare_kbps === null ? 'no comparable bare row' : `matched bare row at ${bitrate(row.bare_kbps)} kbit/s has ${fixed(row.bare_vmaf, 2)}`;
  return `${row.source}: candidate at ${bitrate(row.kbps)} kbit/s has VMAF ${fixed(row.vmaf, 2)}; ${bare}; Δ ${signed(row.delta)}.`;
}

// --- Δ VMAF over the sources ---

const BAR = { height: 24, top: 6, bottom: 40, right: 52 };

function deltaBars(cell, rows, width) {
  const left = Math.min(170, width * 0.38);
  const tolerance = cell.corpus.tolerance;
  const values = rows.flatMap((r) => [r.delta, r.second_delta]).filter((v) => v !== null);
  const [low, high] = extent([...values, 0, -tolerance], (a, b) => (b - a) * 0.04);
  const x = linearScale(low, high, left, width - BAR.right);
  const bottom = BAR.top + rows.length * BAR.height;
  const axes = svg('g', { class: 'axes', 'aria-hidden': 'true' });
  for (const [tick, digits] of labelled(linearTicks(low, high))) {
    axes.append(
      svg('line', { x1: x(tick), x2: x(tick), y1: BAR.top, y2: bottom }),
      svg('text', { x: x(tick), y: bottom + 14, 'text-anchor': 'middle' }, signed(tick, digits))
    );
  }
  axes.append(svg('text', { x: width - 4, y: bottom + 32, 'text-anchor': 'end' }, 'Δ VMAF against the bare encoder'));
  const marks = rows.map((row, at) => barOf(row, BAR.top + at * BAR.height, x, left));
  const zero = svg('line', { class: 'zero', x1: x(0), x2: x(0), y1: BAR.top, y2: bottom });
  const limit = svg('line', { class: 'limit', 'data-mark': 'tolerance', x1: x(-tolerance), x2: x(-tolerance), y1: BAR.top, y2: bottom });
  const about = `Δ VMAF per source: ${rows.map((r) => `${r.source} ${r.delta === null ? r.state : signed(r.delta)}`).join(', ')}`;
  return svg('svg', { class: 'bars', viewBox: `0 0 ${width} ${bottom + BAR.bottom}`, role: 'img', 'aria-label': about }, axes, ...marks, zero, limit);
}

function barOf(row, top, x, left) {
  const middle = top + BAR.height / 2;
  const name = row.source.length > left / 7.2 ? `${row.source.slice(0, Math.floor(left / 7.2) - 1)}…` : row.source;
  const group = svg('g', { class: `bar ${row.state}`, 'data-mark': 'bar' }, svg('text', { x: left - 8, y: middle + 4, 'text-anchor': 'end' }, name, svg('title', {}, row.source)));
  if (row.delta === null) {
    const why = row.state === 'absent' ? 'not in the sample' : 'not comparable';
    group.append(svg('text', { class: 'why', x: x(0) - 6, y: middle + 4, 'text-anchor': 'end' }, why));
  } else {
    const [from, to] = [Math.min(x(0), x(row.delta)), Math.max(x(0), x(row.delta))];
    group.append(
      svg('rect', { x: from, y: top + 4, width: Math.max(1, to - from), height: BAR.height - 8 }, svg('title', {}, `${row.source}: Δ ${signed(row.delta)}`)),
      svg('text', { class: 'value', x: Math.max(to, x(0)) + 6, y: middle + 4 }, signed(row.delta))
    );
  }
  if (row.second_delta !== null) {
    const at = `interpolated: Δ ${signed(row.second_delta)}`;
    group.append(
      cross(x(row.second_delta), middle, 6, { class: 'halo' }, at), // on a bar of much the same lightness it would drown
      cross(x(row.second_delta), middle, 5, { class: 'interpolated', 'data-mark': 'interpolated-delta' }, at)
    );
  }
  return group;
}
