// A plot's frame: scales, ticks, grid and axes. Bitrate runs along a logarithmic axis, VMAF up a linear one.

const FRAME = { width: 360, height: 250, left: 46, right: 12, top: 10, bottom: 40 };

function logScale(low, high, from, to) {
  const span = Math.log(high / low) || 1;
  return (value) => from + ((to - from) * Math.log(value / low)) / span;
}

function linearScale(low, high, from, to) {
  const span = high - low || 1;
  return (value) => from + ((to - from) * (value - low)) / span;
}

function linearTicks(low, high, about = 5) {
  const rough = (high - low) / about;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((times) => times * unit >= rough) * unit;
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9; k += 1) ticks.push(Number((k * step).toPrecision(12)));
  return ticks;
}

// As many digits as the step between two ticks has: no two labels are the same.
function labelled(ticks) {
  const step = ticks.length > 1 ? Math.min(...ticks.slice(1).map((tick, at) => tick - ticks[at])) : 1;
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return ticks.map((tick) => [tick, digits]);
}

// 1, 2 and 5 of every decade; where the axis is too short for two of them, round steps.
function logTicks(low, high) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
    ticks.push(...[1, 2, 5].map((times) => times * 10 ** power).filter((tick) => tick >= low && tick <= high));
  }
  return ticks.length > 2 ? ticks : linearTicks(low, high, 4);
}

function frame(xs, ys, id) {
  const right = FRAME.width - FRAME.right;
  const bottom = FRAME.height - FRAME.bottom;
  const x = logScale(xs[0], xs[1], FRAME.left, right);
  const y = linearScale(ys[0], ys[1], bottom, FRAME.top);
  const axes = svg('g', { class: 'axes', 'aria-hidden': 'true' });
  for (const [tick, digits] of labelled(logTicks(xs[0], xs[1]))) {
    axes.append(
      svg('line', { x1: x(tick), x2: x(tick), y1: FRAME.top, y2: bottom }),
      svg('text', { x: x(tick), y: bottom + 14, 'text-anchor': 'middle' }, digits ? tick.toFixed(digits) : count(tick))
    );
  }
  for (const [tick, digits] of labelled(linearTicks(ys[0], ys[1]))) {
    axes.append(
      svg('line', { x1: FRAME.left, x2: right, y1: y(tick), y2: y(tick) }),
      svg('text', { x: FRAME.left - 6, y: y(tick) + 4, 'text-anchor': 'end' }, tick.toFixed(digits))
    );
  }
  axes.append(
    svg('text', { x: right, y: FRAME.height - 6, 'text-anchor': 'end' }, 'bitrate, kbit/s (log)'),
    svg('text', { x: 4, y: FRAME.height - 6 }, 'VMAF ↑')
  );
  const area = { x: FRAME.left, y: FRAME.top, width: right - FRAME.left, height: bottom - FRAME.top };
  const marks = svg('g', { 'clip-path': `url(#${id})` });
  return { x, y, axes, clip: svg('clipPath', { id }, svg('rect', area)), marks };
}

// --- marks ---

const path = (points, x, y) => points.map((p, i) => `${i ? 'L' : 'M'}${x(p.kbps).toFixed(1)} ${y(p.vmaf).toFixed(1)}`).join('');

// The most VMAF of any row up to a bitrate: level from each row to the next, since nothing is known between them.
const stairs = (points, x, y) => points.map((p, i) => `${i ? `H${x(p.kbps).toFixed(1)}V${y(p.vmaf).toFixed(1)}` : `M${x(p.kbps).toFixed(1)} ${y(p.vmaf).toFixed(1)}`}`).join('');

function diamond(cx, cy, radius, attributes, title) {
  const d = `M${cx} ${cy - radius}L${cx + radius} ${cy}L${cx} ${cy + radius}L${cx - radius} ${cy}Z`;
  return svg('path', { d, ...attributes }, svg('title', {}, title));
}

function cross(cx, cy, radius, attributes, title) {
  const d = `M${cx - radius} ${cy}H${cx + radius}M${cx} ${cy - radius}V${cy + radius}`;
  return svg('path', { d, ...attributes }, svg('title', {}, title));
}

const circle = (cx, cy, r, attributes, title) => svg('circle', { cx, cy, r, ...attributes }, svg('title', {}, title));
