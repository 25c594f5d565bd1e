// Medians, paired ratios and goals, as a table for people.

export function median(values) {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  if (sorted.length === 0) return NaN;
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const perRequest = (run) => run.cpu / run.requests * 1e6;

/** Per round, because rounds differ more than servers do. */
function ratios(runs, name, reference, of) {
  return runs.filter((run) => run.server === name).flatMap((run) => {
    const other = runs.find((one) => one.server === reference && one.round === run.round);
    return other ? [of(run) / of(other)] : [];
  });
}

const fixed = (value, digits) => (Number.isFinite(value) ? value.toFixed(digits) : '-');

function spread(values, digits = 2) {
  if (values.length === 0) return '-';
  return `${fixed(median(values), digits)} [${fixed(Math.min(...values), digits)}..${fixed(Math.max(...values), digits)}]`;
}

function table(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')).join('\n');
}

function loadRow(name, runs) {
  const its = runs.filter((run) => run.server === name);
  const of = (f) => median(its.map(f));
  const versus = (reference) => (reference === name ? '1' : spread(ratios(runs, name, reference, perRequest)));
  return [
    name,
    fixed(of((run) => run.requests / run.seconds), 0),
    fixed(of((run) => run.bytes / run.seconds / 1e9), 2),
    fixed(of(perRequest), 2),
    fixed(of((run) => run.cpu / (run.bytes / 1e9)), 3),
    versus('nginx'),
    versus('floor'),
    fixed(of((run) => run.p50), 2),
    fixed(of((run) => run.p99), 2),
    fixed(of((run) => run.cpu / run.seconds), 2),
    fixed(of((run) => run.foreign), 2),
    String(its.reduce((sum, run) => sum + run.errors, 0)),
  ];
}

const kLoadHead = ['server', 'req/s', 'GB/s', 'CPU us/req', 'CPU s/GB', 'x nginx', 'x floor', 'p50 ms', 'p99 ms', 'core use', 'foreign', 'errors'];

function verdict(what, value, limit, unit = '') {
  if (!Number.isFinite(value)) return `${what}: not measured`;
  return `${what} <= ${limit}${unit}: ${fixed(value, 2)}${unit}, ${value <= limit ? 'met' : 'NOT MET'}`;
}

/** p99 as a share of what the bytes take at the throughput of the part case with 1,000 viewers. */
function herdRatio(runs, all) {
  const steady = all.filter((run) => run.case === 'part1000' && run.server === 'millrace');
  const throughput = median((steady.length ? steady : runs.filter((run) => run.server === 'millrace'))
    .map((run) => run.bytes / run.seconds));
  return median(runs.filter((run) => run.server === 'millrace')
    .map((run) => run.p99 / 1000 / (run.bytes / throughput)));
}

function goals(testCase, runs, all) {
  const lines = [];
  for (const [name, limit] of Object.entries(testCase.goals)) {
    if (name === 'bytes') {
      lines.push(verdict('bytes a connection', median(runs.filter((run) => run.server === 'millrace').map((run) => run.bytesPerConnection)), limit));
    } else if (name === 'herd') {
      lines.push(verdict('p99 / (bytes / throughput)', herdRatio(runs, all), limit));
    } else {
      lines.push(verdict(`CPU / ${name}`, median(ratios(runs, 'millrace', name, perRequest)), limit));
    }
  }
  return lines;
}

export function caseReport(testCase, runs, all, notes) {
  const servers = [...new Set(runs.map((run) => run.server))];
  const rows = testCase.kind === 'idle'
    ? [['server', 'bytes/connection', 'RSS before KiB', 'connections', 'errors'],
      ...servers.map((name) => {
        const its = runs.filter((run) => run.server === name);
        return [name, spread(its.map((run) => run.bytesPerConnection), 0), fixed(median(its.map((run) => run.rssBefore)), 0),
          fixed(median(its.map((run) => run.connections)), 0), String(its.reduce((sum, run) => sum + run.errors, 0))];
      })]
    : [kLoadHead, ...servers.map((name) => loadRow(name, runs))];
  return [`\n## ${testCase.name}: ${testCase.text}`, table(rows), ...notes,
    ...goals(testCase, runs, all).map((line) => `goal: ${line}`)].join('\n');
}
