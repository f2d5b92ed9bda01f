// What happens when: a press on a square or on a row opens a cell; the gravest one is open from the start.

// One stop of the tab key for a whole grid; arrows go on from there, up and down within a column.
function roving(grid) {
  const all = [...grid.querySelectorAll('[data-cell]')];
  all.forEach((button, at) => (button.tabIndex = at ? -1 : 0));
  grid.onkeydown = (event) => {
    const here = event.target.closest('[data-cell]');
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!here || !step) return;
    const column = here.closest('td').cellIndex;
    const vertical = event.key === 'ArrowDown' || event.key === 'ArrowUp';
    const line = all.filter((button) => (!vertical || button.closest('td').cellIndex === column) && button.offsetParent);
    const next = line[line.indexOf(here) + step];
    if (!next) return;
    event.preventDefault();
    all.forEach((button) => (button.tabIndex = button === next ? 0 : -1));
    next.focus();
  };
}

function setUp() {
  if (document.getElementById('cells')) setUpTable();
  if (document.getElementById('map')) roving(document.getElementById('map'));
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-cell]');
    if (!button) return;
    const index = Number(button.dataset.cell);
    if (button.closest('#map')) {
      const { codec, rc_mode, recipe } = cellAt(index);
      choose({ codec, rc_mode, recipe });
    }
    openCell(index, button);
  });
  addEventListener('beforeprint', () => {
    for (const details of document.querySelectorAll('#deltas details, .note details, #map details')) details.open = true;
  });
  openCell(Math.max(0, addressed()));
  addEventListener('hashchange', () => {
    const there = addressed();
    if (there >= 0 && there !== opened.index) openCell(there, document.activeElement);
  });
  performance.mark('interactive');
}

setUp();
