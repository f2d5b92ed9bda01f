// Elements and figures: the only place that makes nodes. Text always goes in as text, never as markup.

const SVG = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, '');
    else if (value !== false && value !== null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

const el = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const count = (value) => grouped.format(value);
const bitrate = (value) => (value === null ? '–' : value < 99.95 ? value.toFixed(1) : count(value));

function fixed(value, digits) {
  return value === null ? '–' : value.toFixed(digits).replace('-', '−');
}

// A difference with its sign; one that is cut to 0 has none.
function signed(value, digits = 2) {
  if (value === null) return '–';
  const cut = Number(value.toFixed(digits));
  return `${cut > 0 ? '+' : ''}${fixed(cut || 0, digits)}`;
}

// --- light and dark: what the system says, until somebody presses the button ---

function setUpTheme() {
  const button = document.getElementById('theme');
  const system = matchMedia('(prefers-color-scheme: dark)');
  const show = (dark) => button.setAttribute('aria-pressed', String(dark));
  button.hidden = false;
  show(system.matches);
  system.addEventListener('change', () => document.documentElement.dataset.theme || show(system.matches));
  button.addEventListener('click', () => {
    const dark = button.getAttribute('aria-pressed') !== 'true';
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
    show(dark);
  });
}

setUpTheme();
