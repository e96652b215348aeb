// A host has the same colour in every plot.
import { hosts } from '../hosts/index.mjs';

const palette = [
  '#1f5fbf',
  '#6fa1e8',
  '#1f5fbf',
  '#6fa1e8',
  '#b8492e',
  '#4a8f3c',
  '#8cc07f',
  '#8a5aa8',
  '#c58f1a',
  '#333333',
  '#666666',
  '#999999',
];

export function colorOf(name) {
  return palette[Object.keys(hosts).indexOf(name)] ?? '#000';
}

export function isOurs(name) {
  return name.startsWith('express');
}

/** The floor, which has no app. */
export function dashOf(name) {
  return name === 'httpd, static file, sendfile' ? ' stroke-dasharray="5 4"' : '';
}
