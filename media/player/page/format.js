// Numbers as people read them.

export function clock(seconds) {
  if (!Number.isFinite(seconds) || seconds < 0) return '0:00';
  const whole = Math.floor(seconds);
  const two = (n) => String(n).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = two(whole % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/// For a screen reader: "1 minute 5 seconds".
export function spokenTime(seconds) {
  const whole = Math.max(0, Math.floor(seconds || 0));
  const parts = [[Math.floor(whole / 3600), 'hour'], [Math.floor(whole / 60) % 60, 'minute'],
                 [whole % 60, 'second']];
  const said = parts.filter(([n]) => n > 0).map(([n, unit]) => `${n} ${unit}${n === 1 ? '' : 's'}`);
  return said.join(' ') || '0 seconds';
}

export function timeLeft(seconds) {
  if (seconds == null || !Number.isFinite(seconds)) return '';
  if (seconds < 1) return 'a moment left';
  if (seconds < 60) return `${Math.ceil(seconds)} s left`;
  if (seconds < 3600) return `${Math.ceil(seconds / 60)} min left`;
  return `${Math.floor(seconds / 3600)} h ${Math.ceil((seconds % 3600) / 60)} min left`;
}

export function bytes(count) {
  if (count == null) return '';
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let value = count;
  for (; value >= 1000 && unit < units.length - 1; unit += 1) value /= 1000;
  return `${value.toFixed(unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]}`;
}

export function bitrate(bps) {
  if (!bps) return '';
  return bps >= 1e6 ? `${(bps / 1e6).toFixed(1)} Mbit/s` : `${Math.round(bps / 1e3)} kbit/s`;
}

export function percent(fraction) {
  return `${Math.floor((fraction ?? 0) * 100)}%`;
}

export function age(time) {
  const seconds = (Date.now() - Date.parse(time)) / 1000;
  if (!Number.isFinite(seconds)) return '';
  const format = new Intl.RelativeTimeFormat('en', {numeric: 'auto'});
  const steps = [[60, 'second'], [3600, 'minute'], [86400, 'hour'], [604800, 'day'],
                 [2629800, 'week'], [31557600, 'month'], [Infinity, 'year']];
  const sizes = {second: 1, minute: 60, hour: 3600, day: 86400, week: 604800, month: 2629800,
                 year: 31557600};
  if (seconds < 60) return 'just now';
  const [, unit] = steps.find(([limit]) => seconds < limit);
  return format.format(-Math.floor(seconds / sizes[unit]), unit);
}

/// One line about a job that runs: "43% · 2.1× · 12 s left".
export function jobLine(progress) {
  if (!progress) return '';
  const parts = [percent(progress.fraction)];
  if (progress.speed) parts.push(`${progress.speed.toFixed(1)}×`);
  const left = timeLeft(progress.secondsLeft);
  if (left) parts.push(left);
  return parts.join(' · ');
}
