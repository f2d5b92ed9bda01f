// The page's data: columns to one cell, its sources, and the plane that a source of it lies in.

const holder = document.getElementById('data');
if (!holder) return;
const data = JSON.parse(holder.textContent);
const size = data.cells.codec.length;
const named = (index) => (index === null ? null : data.names[index]);
const GRAVITY = ['structural', 'waived', 'undetermined', 'content-dependent', 'unmeasured', 'cleared', 'clean', 'no effect'];

function cellAt(index) {
  const of = (column) => data.cells[column][index];
  const text = (column) => named(of(column));
  return {
    index,
    corpus: of('corpus') === null ? null : data.corpora[of('corpus')],
    codec: text('codec'),
    rc_mode: text('rc_mode'),
    recipe: text('recipe'),
    preset: text('preset'),
    q: text('q'),
    target: text('target'),
    detector: text('detector'),
    verdict: text('verdict'),
    basis: text('basis'),
    hits: of('hits'),
    holds: of('holds'),
    unknown: of('unknown'),
    sources: of('hits') + of('holds') + of('unknown'),
    mean: of('mean'),
    worst: of('worst'),
    worst_source: text('worst_source'),
    nearest: of('nearest'),
    interpolated: of('interpolated'),
    action: text('action'),
    adapters: text('adapters'),
    about: of('about').map(named),
  };
}

function sourcesOf(index) {
  const begin = data.cells.begin[index];
  if (begin === null) return [];
  return Array.from({ length: data.cells.count[index] }, (_, at) => sourceAt(begin + at));
}

function sourceAt(row) {
  const of = (column) => data.sources[column][row];
  return {
    source: named(of('source')),
    state: data.states[of('state')],
    kbps: of('kbps'),
    vmaf: of('vmaf'),
    delta: of('delta'),
    nearest_delta: of('nearest_delta'),
    preset: named(of('preset')),
    q: named(of('q')),
    bare_kbps: of('bare_kbps'),
    bare_vmaf: of('bare_vmaf'),
    mismatch: of('mismatch'),
    second_vmaf: of('second_vmaf'),
    second_delta: of('second_delta'),
    because: named(of('because')),
    bd_rate: of('bd_rate'),
  };
}

// The rungs of a slice by bitrate: each {recipe, preset, q, kbps, vmaf, hull}.
function rungsOf(cell, source) {
  const { slices, rungs } = data;
  const at = slices.codec.findIndex(
    (codec, index) =>
      named(codec) === cell.codec && named(slices.rc_mode[index]) === cell.rc_mode && named(slices.source[index]) === source
  );
  if (at < 0) return [];
  const found = Array.from({ length: slices.count[at] }, (_, offset) => {
    const row = slices.begin[at] + offset;
    return {
      recipe: named(rungs.recipe[row]),
      preset: named(rungs.preset[row]),
      q: named(rungs.q[row]),
      kbps: rungs.kbps[row],
      vmaf: rungs.vmaf[row],
      hull: rungs.hull[row] === 1,
    };
  });
  return found.sort((a, b) => a.kbps - b.kbps || a.vmaf - b.vmaf);
}
