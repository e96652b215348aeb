// Plots as SVG text: horizontal bars, and lines over a logarithmic axis. Nothing but text, so that they diff.

const FONT = 'font-family="system-ui, sans-serif" font-size="12"';
const palette = [
  '#1f5fbf',
  '#6fa1e8',
  '#b8492e',
  '#4a8f3c',
  '#8cc07f',
  '#8a5aa8',
  '#c58f1a',
  '#555555',
  '#999999',
];

/** Bars of `[label, value]` rows, longest axis 100 %. */
export function bars(title, unit, rows) {
  const width = 720;
  const left = 270;
  const step = 24;
  const largest = Math.max(...rows.map(([, value]) => value));
  const body = rows.map(([label, value], index) => {
    const y = 40 + index * step;
    const length = ((width - left - 90) * value) / largest;
    const color = label.startsWith('express') ? palette[0] : '#b7bcc4';
    return [
      `<text x="${left - 8}" y="${y + 13}" text-anchor="end">${escape(label)}</text>`,
      `<rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="17" fill="${color}"/>`,
      `<text x="${(left + length + 6).toFixed(1)}" y="${y + 13}">${format(value)} ${escape(unit)}</text>`,
    ].join('\n');
  });
  return document(width, 50 + rows.length * step, title, body);
}

/** A line per series over the same x values, both axes logarithmic. `series`: name → [x, y] points. */
export function lines(title, xTitle, yTitle, series) {
  const [width, height, left, bottom] = [720, 400, 70, 50];
  const plot = { width: width - left - 210, height: height - bottom - 50 };
  const points = Object.values(series).flat();
  const x = scale(
    points.map(([value]) => value),
    left,
    left + plot.width,
  );
  const y = scale(
    points.map(([, value]) => value),
    height - bottom,
    height - bottom - plot.height,
  );
  const ticks = (axis, values) => [...new Set(values)].map((value) => [value, axis(value)]);
  const body = [
    `<text x="${left + plot.width / 2}" y="${height - 12}" text-anchor="middle">${escape(xTitle)}</text>`,
    `<text transform="translate(16 ${height / 2}) rotate(-90)" text-anchor="middle">${escape(yTitle)}</text>`,
    ...ticks(
      x,
      points.map(([value]) => value),
    ).map(
      ([value, at]) =>
        `<text x="${at.toFixed(1)}" y="${height - bottom + 18}" text-anchor="middle">${format(value)}</text>`,
    ),
    ...powersOfTen(points.map(([, value]) => value)).map((value) => {
      const at = y(value).toFixed(1);
      return `<path d="M${left} ${at}H${left + plot.width}" stroke="#ddd"/><text x="${left - 8}" y="${at}" dy="4" text-anchor="end">${format(value)}</text>`;
    }),
    ...Object.entries(series).map(([name, list], index) => {
      const color = palette[index % palette.length];
      const path = list
        .map(([px, py], at) => `${at === 0 ? 'M' : 'L'}${x(px).toFixed(1)} ${y(py).toFixed(1)}`)
        .join('');
      const last = 50 + index * 20;
      return `<path d="${path}" fill="none" stroke="${color}" stroke-width="2"/><path d="M${left + plot.width + 14} ${last}h16" stroke="${color}" stroke-width="3"/><text x="${left + plot.width + 36}" y="${last + 4}">${escape(name)}</text>`;
    }),
  ];
  return document(width, height, title, body);
}

function document(width, height, title, body) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ${FONT} fill="#222">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
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

function powersOfTen(values) {
  const [low, high] = [
    Math.ceil(Math.log10(Math.min(...values))),
    Math.floor(Math.log10(Math.max(...values))),
  ];
  return Array.from({ length: Math.max(0, high - low + 1) }, (_, index) => 10 ** (low + index));
}

function format(value) {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value >= 10 ? value.toFixed(0) : value.toFixed(value >= 1 ? 1 : 2);
}

function escape(text) {
  return text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
