import { parseArgs } from 'node:util';

/** The values of a command line, as `parseArgs` takes its options. Says what is none of them, and ends with status 2. */
export function readOptions(options) {
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    return refuse(error.message);
  }
}

/** A count that an option gives: a whole number from 1. */
export function readCount(name, value) {
  const count = Number(value);
  return Number.isInteger(count) && count > 0
    ? count
    : refuse(`--${name} ${value}: a number from 1 is expected`);
}

function refuse(message) {
  console.error(`express: ${message}`);
  process.exit(2);
}
