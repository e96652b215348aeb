/** What a value is, in words, for messages. Never what a text says: it may be a secret. */
export function describeValue(value: unknown): string {
  if (typeof value === 'function') return describeFunction(value);
  if (typeof value === 'object' && value !== null) return describeObject(value);
  return value === undefined || value === null ? String(value) : `a ${typeof value}`;
}

/** Whether a function can only be called with `new`. */
export function isClass(value: unknown): boolean {
  return typeof value === 'function' && /^class\b/.test(Function.prototype.toString.call(value));
}

function describeFunction(value: object & { readonly length: number }): string {
  if (isClass(value)) return 'a class';
  const { length } = value;
  return `a function of ${length === 0 ? 'no parameters' : length === 1 ? 'one parameter' : `${length} parameters`}`;
}

const MAX_LISTED = 10;

function describeObject(value: object): string {
  if (Array.isArray(value)) return 'an array';
  const { name } = (value as { readonly constructor?: { readonly name?: unknown } }).constructor ?? {};
  const kind =
    typeof name === 'string' && name !== '' && name !== 'Object' ? `an instance of ${name}` : 'an object';
  const keys = Object.keys(value);
  if (keys.length === 0) return kind;
  const more = keys.length > MAX_LISTED ? ', \u2026' : '';
  return `${kind} with ${keys.slice(0, MAX_LISTED).join(', ')}${more}`;
}
