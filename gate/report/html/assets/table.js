// The table of all cells: filters, sorting, and as many rows at a time as draw at once.

const PAGE = 100;
const FILTERS = [['codec', 'Codec'], ['rc_mode', 'Rate control'], ['recipe', 'Recipe'], ['verdict', 'Verdict'], ['basis', 'Data']];
const COLUMNS = [
  ['codec', 'codec'], ['rc_mode', 'rate control'], ['recipe', 'recipe'], ['preset', 'preset'], ['target', 'target'], ['verdict', 'verdict'],
  ['hits', 'clips that lose'], ['nearest', 'by nearest'], ['interpolated', 'by interpolated'], ['mean', 'mean Δ of these'], ['worst', 'worst Δ'], ['worst_source', 'on'], ['adapters', 'adapters'],
]; // prettier-ignore
const CLIPS = ['hits', 'nearest', 'interpolated'];
const NUMBERS = new Set([...CLIPS, 'mean', 'worst']);
const MOST_FIRST = new Set(CLIPS); // the first press sorts the worst first

const every = Array.from({ length: size }, (_, index) => cellAt(index));
const searched = every.map((cell) => COLUMNS.map(([name]) => cell[name] ?? '').join(' ').toLowerCase());
const shownColumns = COLUMNS.filter(([name]) => name !== 'adapters' || every.some((cell) => cell.adapters));
const view = { sort: null, descending: false, rows: PAGE, chosen: new Map(), text: '' };
const body = el('tbody');
const status = el('p', { role: 'status' });
const more = el('button', { type: 'button', id: 'more', onclick: showMore });
const controls = new Map();

function matching() {
  const words = view.text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (cell) =>
    [...view.chosen].every(([name, value]) => !value || cell[name] === value) && words.every((word) => searched[cell.index].includes(word));
  return ordered(every.filter(fits));
}

// Without a chosen column the page's own order stands. What has no value comes last either way.
function ordered(cells) {
  if (!view.sort) return cells;
  const keys = { verdict: (cell) => GRAVITY.indexOf(cell.verdict), target: (cell) => (Number.isFinite(+cell.q) ? +cell.q : null) };
  const by = keys[view.sort] ?? ((cell) => cell[view.sort]);
  const turn = view.descending ? -1 : 1;
  return cells.sort((a, b) => {
    const [x, y] = [by(a), by(b)];
    if (x === null || y === null) return (x === null) - (y === null);
    return turn * (typeof x === 'number' ? x - y : x.localeCompare(y, 'en', { numeric: true }));
  });
}

function refresh() {
  const cells = matching();
  const shown = cells.slice(0, view.rows);
  body.replaceChildren(...shown.map(rowOf));
  roving(body);
  const part = shown.length < cells.length ? `, the first ${count(shown.length)} shown` : '';
  status.textContent = `${count(cells.length)} of ${count(size)} cells${part}`;
  more.hidden = shown.length === cells.length;
  more.textContent = `Show ${count(Math.min(PAGE, cells.length - shown.length))} more`;
}

function rowOf(cell) {
  const name = el('span', { class: 'unseen' }, ` ${cell.codec} ${cell.rc_mode} ${cell.recipe} ${cell.preset} ${cell.q}`);
  const open = el('button', { type: 'button', 'data-cell': cell.index, 'aria-current': cell.index === opened.index ? 'true' : null }, 'Open', name);
  return el('tr', {}, el('td', {}, open), ...shownColumns.map(([column], at) => fieldOf(cell, column, at)));
}

function fieldOf(cell, column, at) {
  if (at === 0) return el('th', { scope: 'row' }, cell.codec);
  if (column === 'verdict') return el('td', {}, chip(cell.verdict), cell.basis === 'filler' ? ' filler' : '');
  const clips = CLIPS.includes(column) && cell[column] !== null ? `${cell[column]}/${cell.sources}${column === 'hits' && cell.unknown ? ` (${cell.unknown} unknown)` : ''}` : null;
  const text = clips ?? { mean: signed(cell.mean), worst: signed(cell.worst) }[column] ?? String(cell[column] ?? '–');
  return el('td', { class: NUMBERS.has(column) ? 'number' : column === 'recipe' ? 'long' : null }, text);
}

function showMore() {
  const next = body.children.length;
  view.rows += PAGE;
  refresh();
  const button = body.children[next]?.querySelector('button');
  if (button) button.tabIndex = 0;
  button?.focus();
}

function sortBy(column) {
  view.descending = view.sort === column ? !view.descending : MOST_FIRST.has(column);
  view.sort = column;
  for (const head of document.querySelectorAll('#cells th[data-column]')) {
    head.setAttribute('aria-sort', head.dataset.column !== column ? 'none' : view.descending ? 'descending' : 'ascending');
  }
  refresh();
}

function choose(choices) {
  for (const [name, control] of controls) {
    control.value = choices[name] ?? '';
    if (name !== 'text') view.chosen.set(name, control.value);
  }
  Object.assign(view, { text: choices.text ?? '', rows: PAGE });
  refresh();
}

function filterBar() {
  const bar = el('form', { class: 'filters', onsubmit: (event) => event.preventDefault() });
  for (const [name, title] of FILTERS) {
    const values = [...new Set(every.map((cell) => cell[name]))].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    const options = [el('option', { value: '' }, 'all'), ...values.map((value) => el('option', { value }, value))];
    const change = (event) => choose({ ...current(), [name]: event.target.value });
    const select = el('select', { id: `by-${name}`, onchange: change }, ...options);
    controls.set(name, select);
    bar.append(el('label', { for: `by-${name}` }, title, select));
  }
  const input = el('input', { type: 'search', id: 'by-text', autocomplete: 'off', oninput: (event) => choose({ ...current(), text: event.target.value }) });
  controls.set('text', input);
  bar.append(el('label', { for: 'by-text' }, 'Text', input), el('button', { type: 'button', onclick: () => choose({}) }, 'Show all'));
  return bar;
}

const current = () => Object.fromEntries([...controls].map(([name, control]) => [name, control.value]));

function setUpTable() {
  const head = ([column, title]) =>
    el('th', { scope: 'col', 'data-column': column, 'aria-sort': 'none' }, el('button', { type: 'button', onclick: () => sortBy(column) }, title));
  const caption = el('caption', {}, 'Cells: a recipe at one preset and target under one rate control, over all clips; clips that lose are counted by the method that decides');
  const first = el('td', {}, el('span', { class: 'unseen' }, 'open'));
  const table = el('table', {}, caption, el('thead', {}, el('tr', {}, first, ...shownColumns.map(head))), body);
  const section = document.getElementById('cells');
  section.append(filterBar(), status, el('div', { class: 'scroll', role: 'region', 'aria-label': 'Table of cells', tabindex: '0' }, table), more);
  section.hidden = false;
  refresh();
}
