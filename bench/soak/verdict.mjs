// Whether what was sampled is flat.

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** Lines of { text, holds }. The first third is for warming up. */
export function judge({ before, samples, after, exitCode, slackMiB }) {
  const third = Math.max(1, Math.floor(samples.length / 3));
  const middle = samples.slice(third, 2 * third);
  const last = samples.slice(2 * third);
  const level = (part, of) => median((part.length ? part : samples).map((one) => one[of]));
  const lines = [];
  const flat = (of, slack, unit = 1, name = '') => {
    const [from, to] = [level(middle, of) / unit, level(last, of) / unit];
    lines.push({
      text: `${of}: median ${from.toFixed(1)} in the middle third, ${to.toFixed(1)}${name} in the last (slack ${slack})`,
      holds: to - from <= slack,
    });
  };
  flat('rss', slackMiB, 1048576, ' MiB');
  flat('descriptors', Math.max(10, level(middle, 'descriptors') * 0.1));
  flat('frames', Math.max(20, level(middle, 'frames') * 0.1));
  const gone = (of, allowed) => lines.push({
    text: `${of}: ${before[of]} before, ${after[of]} when all had left`,
    holds: after[of] - before[of] <= allowed,
  });
  gone('connections', 0);
  gone('frames', 0);
  // The files that were asked for stay open.
  gone('descriptors', 8);
  const asked = samples.at(-1).requests - samples[0].requests;
  lines.push({ text: `${asked} requests between the first sample and the last`, holds: asked > 0 });
  lines.push({ text: `ended in order: ${exitCode}`, holds: exitCode === 0 });
  return lines;
}
