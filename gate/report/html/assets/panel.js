// One cell opened: what was found of it, Δ over its sources, rate–distortion on each, and every figure as a table.

const panel = document.getElementById('cell');
const opened = { index: null, close: false, opener: null };

function openCell(index, opener = null) {
  const cell = cellAt(index);
  Object.assign(opened, { index, opener });
  const title = el('h2', { id: 'cell-title', tabindex: '-1' }, `${cell.codec} · ${cell.rc_mode} · ${cell.recipe} · ${cell.preset} · ${cell.target}`);
  panel.replaceChildren(title, ...summaryOf(cell));
  panel.hidden = false;
  const rows = sourcesOf(index);
  if (rows.length) panel.append(deltaFigure(cell, rows), curvesFigure(cell, rows));
  else panel.append(el('p', {}, 'This page holds no figures of its single clips.'));
  if (opener) {
    panel.append(el('p', {}, el('button', { type: 'button', id: 'back', onclick: goBack }, 'Back to where it was opened')));
    title.focus({ preventScroll: true });
    panel.scrollIntoView({ block: 'start' });
  }
  if (opener) location.hash = addressOf(cell);
  for (const button of document.querySelectorAll('[data-cell][aria-current]')) button.removeAttribute('aria-current');
  for (const button of document.querySelectorAll(`[data-cell="${index}"]`)) button.setAttribute('aria-current', 'true');
}

// Every cell has an address: #codec/rc/recipe/preset/q.
const addressOf = (cell) => [cell.codec, cell.rc_mode, cell.recipe, cell.preset, cell.q].map(encodeURIComponent).join('/');
const addressed = () => every.findIndex((cell) => `#${addressOf(cell)}` === location.hash);

function goBack() {
  const there = opened.opener?.isConnected ? opened.opener : document.querySelector(`[data-cell="${opened.index}"]`);
  there?.focus();
  there?.scrollIntoView({ block: 'center' });
}

const chip = (text) => el('span', { class: `chip ${text}` }, text);

function summaryOf(cell) {
  const found = el('p', {}, chip(cell.verdict), ` loses VMAF on ${cell.hits} of ${cell.sources} clips${cell.unknown ? `, ${cell.unknown} unknown` : ''}`);
  if (cell.mean !== null) found.append(`; mean Δ of these ${signed(cell.mean)}, worst ${signed(cell.worst)} on ${cell.worst_source}`);
  found.append('.');
  const about = [...cell.about];
  if (cell.basis === 'filler') about.unshift('Filler: these rows were invented so that published totals come out. They are evidence of nothing.');
  if (cell.adapters) about.push(`Reached by ${cell.adapters}${cell.action ? `: ${cell.action}` : ''}.`);
  return [found, ...about.map((text) => el('p', {}, text))];
}

const caption = (cell, text) => el('figcaption', {}, `${text} `, el('span', { class: 'source' }, `${cell.corpus.caption} Data of this cell: ${cell.basis}.`));

const AGAINST = {
  nearest: 'against the row of the encoder’s defaults (bare) nearest in bitrate',
  interpolated: 'against the curve of the encoder’s defaults (bare) at the same bitrate',
  pooled: 'between the recipe’s curve and that of the encoder’s defaults (bare), over all its targets',
};

function deltaFigure(cell, rows) {
  const width = Math.max(300, Math.min(760, panel.clientWidth - 8));
  const second = rows.some((row) => row.second_delta !== null) ? '; a cross is the interpolated Δ' : '';
  const said = `Δ VMAF on each clip, ${AGAINST[cell.detector] ?? AGAINST.nearest}; the dashed line is the tolerance${second}.`;
  return el('figure', { id: 'deltas' }, el('h3', {}, 'Δ VMAF by clip'), deltaBars(cell, rows, width), caption(cell, said), sourceTable(rows));
}

function curvesFigure(cell, rows) {
  const drawn = rows.filter((row) => row.kbps !== null);
  const grid = el('div', { class: 'grid' });
  const draw = () =>
    grid.replaceChildren(
      ...drawn.map((row, at) =>
        el('div', { class: 'curve' }, el('h4', {}, row.source, ' ', chip(row.state), ` ${signed(row.delta)}`), rdCurve(cell, row, opened.close, `clip-${at}`))
      )
    );
  const scope = el('div', { class: 'scope', role: 'group', 'aria-label': 'What the curves show' });
  for (const [close, text] of [[false, 'Whole ladder'], [true, 'Around the cell']]) {
    const press = () => {
      opened.close = close;
      for (const button of scope.children) button.setAttribute('aria-pressed', String(button.textContent === text));
      draw();
    };
    scope.append(el('button', { type: 'button', 'aria-pressed': String(opened.close === close), onclick: press }, text));
  }
  draw();
  const left = rows.length - drawn.length;
  const said = `Rate–distortion on each clip: bare ladders, the Pareto hull of all recipes, and this cell${left ? `; ${left} of ${rows.length} clips have no row of it` : ''}.`;
  return el('figure', { id: 'curves' }, el('h3', {}, 'Rate–distortion by clip'), scope, legendOf(cell, drawn), grid, caption(cell, said), pointsOf(cell, drawn));
}

function legendOf(cell, rows) {
  const presets = new Set(rows.flatMap((row) => [...planeOf(cell, row).ladders.keys()]));
  const swatch = (...marks) => svg('svg', { viewBox: '0 0 32 16', width: '32', height: '16', 'aria-hidden': 'true' }, ...marks);
  const line = (name) => svg('path', { class: name, d: 'M2 8H30' });
  const item = (mark, text) => el('li', {}, swatch(mark), text);
  return el(
    'ul',
    { class: 'legend' },
    ...[...presets].map((preset, at) => item(line(`ladder dash-${at % 4}`), `bare ${preset}`)),
    item(line('hull'), 'Pareto hull'),
    item(line('own'), `${cell.recipe} ${cell.preset}`),
    item(diamond(16, 8, 6, { class: 'candidate' }, ''), 'this cell'),
    item(circle(16, 8, 6, { class: 'reference' }, ''), 'matched bare row'),
    item(cross(16, 8, 6, { class: 'interpolated' }, ''), 'bare ladder at the same bitrate')
  );
}

// --- the same as tables ---

const HEADS = ['clip', 'state', 'Δ that decides', 'kbit/s', 'VMAF', 'bare row', 'its kbit/s', 'off by %', 'its VMAF', 'nearest Δ', 'interpolated VMAF', 'interpolated Δ', 'BD-rate %', 'note'];

function sourceTable(rows) {
  const lines = rows.map((r) => [
    r.source, r.state, signed(r.delta), bitrate(r.kbps), fixed(r.vmaf, 2), r.preset === null ? '–' : `${r.preset} ${r.q}`, bitrate(r.bare_kbps), signed(r.mismatch, 1),
    fixed(r.bare_vmaf, 2), signed(r.nearest_delta), fixed(r.second_vmaf, 2), signed(r.second_delta, 2), signed(r.bd_rate, 1), r.because,
  ]); // prettier-ignore
  return el('details', {}, el('summary', {}, 'These figures as a table'), plainTable('Clip by clip', HEADS, lines, 2));
}

function pointsOf(cell, rows) {
  const details = el('details', {}, el('summary', {}, 'Every point drawn, as a table'));
  const fill = () => {
    if (!details.open || details.querySelector('table')) return;
    const lines = rows.flatMap((row) => {
      const { ladders, own, hull } = planeOf(cell, row);
      const points = [...new Set([...[...ladders.values()].flat(), ...own, ...hull])];
      return points.map((p) => [row.source, p.recipe, p.preset, p.q, bitrate(p.kbps), fixed(p.vmaf, 2), p.hull ? 'on the hull' : '']);
    });
    details.append(plainTable('Points of the rate–distortion curves', ['clip', 'recipe', 'preset', 'q', 'kbit/s', 'VMAF', 'hull'], lines, 4));
  };
  details.addEventListener('toggle', fill);
  return details;
}

// From column `numbers` on, cells that read as figures are set flush right.
function plainTable(title, heads, lines, numbers) {
  const figure = (text, at) => (at >= numbers && /^[+−\d–]/.test(text) ? 'number' : null);
  const cells = (line) => line.map((text, at) => (at ? el('td', { class: figure(text, at) }, text) : el('th', { scope: 'row' }, text)));
  const head = el('thead', {}, el('tr', {}, ...heads.map((text) => el('th', { scope: 'col' }, text))));
  const body = el('tbody', {}, ...lines.map((line) => el('tr', {}, ...cells(line))));
  return el('div', { class: 'scroll', role: 'region', 'aria-label': title, tabindex: '0' }, el('table', {}, el('caption', {}, title), head, body));
}
