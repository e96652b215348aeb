// Plots as SVG text: horizontal bars, and lines over logarithmic axes. Nothing but text, so that they diff.
import { colorOf, dashOf, isOurs } from './colors.mjs';

const FONT = 'font-family="system-ui, sans-serif" font-size="12"';
const WIDTH = 800;

/** Bars of `[label, value]` rows, from 0. */
export function bars({ title, unit, rows }) {
  const left = 270;
  const step = 24;
  const largest = Math.max(...rows.map(([, value]) => value));
  const body = rows.map(([label, value], index) => {
    const y = 40 + index * step;
    const length = ((WIDTH - left - 90) * value) / largest;
    const color = isOurs(label) ? colorOf(label) : '#b7bcc4';
    return [
      `<text x="${left - 8}" y="${y + 13}" text-anchor="end"${weightOf(label)}>${escape(label)}</text>`,
      `<rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="17" fill="${color}"/>`,
      `<text x="${(left + length + 6).toFixed(1)}" y="${y + 13}">${format(value)} ${escape(unit)}</text>`,
    ].join('\n');
  });
  return document(50 + rows.length * step, title, body);
}

/** A line per series over the same x values. `series`: name → [x, y] points in the order of x. */
export function lines({ title, xTitle, yTitle, series, formatX = format }) {
  const [height, left, bottom, legend] = [400, 70, 50, 290];
  const right = WIDTH - legend;
  const points = Object.values(series).flat();
  const [xs, ys] = [points.map(([value]) => value), points.map(([, value]) => value)];
  const x = scale(xs, left + 10, right - 10);
  const y = scale(ys, height - bottom - 5, 50);
  const body = [
    `<text x="${(left + right) / 2}" y="${height - 12}" text-anchor="middle">${escape(xTitle)}</text>`,
    `<text transform="translate(16 ${height / 2}) rotate(-90)" text-anchor="middle">${escape(yTitle)}</text>`,
    `<path d="M${left} 45V${height - bottom}H${right}" fill="none" stroke="#888"/>`,
    ...[...new Set(xs)].map(
      (value) =>
        `<text x="${x(value).toFixed(1)}" y="${height - bottom + 18}" text-anchor="middle">${formatX(value)}</text>`,
    ),
    ...roundValues(ys).map((value) => {
      const at = y(value).toFixed(1);
      return `<path d="M${left} ${at}H${right}" stroke="#e4e4e4"/><text x="${left - 8}" y="${at}" dy="4" text-anchor="end">${format(value)}</text>`;
    }),
    ...legendOrder(series).map(([name, list], index) =>
      curve({ name, points: list.map(([px, py]) => [x(px), y(py)]), x: right, y: 54 + index * 20 }),
    ),
  ];
  return document(height, title, body);
}

/** The highest at the right first, as the eye finds them. */
function legendOrder(series) {
  return Object.entries(series).sort((a, b) => b[1].at(-1)[1] - a[1].at(-1)[1]);
}

/** One line, its points, and its place in the legend. */
function curve({ name, points, x, y }) {
  const stroke = `stroke="${colorOf(name)}" stroke-width="${isOurs(name) ? 3 : 1.5}"${dashOf(name)}`;
  const path = points.map(([px, py]) => `${px.toFixed(1)} ${py.toFixed(1)}`).join('L');
  return [
    `<path d="M${path}" fill="none" ${stroke}/>`,
    ...points.map(
      ([px, py]) => `<circle cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="2.5" fill="${colorOf(name)}"/>`,
    ),
    `<path d="M${x + 14} ${y}h20" ${stroke}/>`,
    `<text x="${x + 40}" y="${y + 4}"${weightOf(name)}>${escape(name)}</text>`,
  ].join('\n');
}

function document(height, title, body) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" ${FONT} fill="#222">`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    `<text x="12" y="22" font-weight="600">${escape(title)}</text>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

function scale(values, from, to) {
  const [low, high] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
  return (value) => from + ((Math.log(value) - low) / (high - low || 1)) * (to - from);
}

/** 1, 2 and 5 times the powers of ten within the values; the powers alone where that is enough. */
function roundValues(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const factors = high / low > 200 ? [1] : [1, 2, 5];
  const found = [];
  for (let power = 10 ** Math.floor(Math.log10(low)); power <= high; power *= 10)
    found.push(...factors.map((factor) => factor * power).filter((value) => value >= low && value <= high));
  return found;
}

function format(value) {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value >= 10 ? value.toFixed(0) : String(Number(value.toFixed(value >= 1 ? 1 : 2)));
}

function weightOf(name) {
  return isOurs(name) ? ' font-weight="600"' : '';
}

function escape(text) {
  return text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
