// What happens when: a press on a square or on a row opens a cell; the gravest one is open from the start.

function setUp() {
  setUpTable();
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
    for (const details of document.querySelectorAll('#deltas details, .note details')) details.open = true;
  });
  openCell(0);
  performance.mark('interactive');
}

setUp();
