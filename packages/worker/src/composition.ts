import { CompositionError } from './errors.ts';
import { describeValue } from './describe-value.ts';

/** Something that is loaded, or, where the composition is a module, already there. */
export type Part = { readonly callableObject?: string } & (
  { readonly path: string } | { readonly package: string } | { readonly value: unknown }
);

/** A middleware, or with `options` a function that makes one of them. */
export type MiddlewarePart = Part & { readonly options?: unknown };

/** An app under a URL prefix. */
export interface MountPart {
  /** `/`, or a prefix without a trailing slash. */
  readonly prefix: string;
  readonly app: Part;
  readonly middleware: readonly MiddlewarePart[];
}

/** What a composition file says. */
export interface Composition {
  /** For every mount, before its own. */
  readonly middleware: readonly MiddlewarePart[];
  readonly mounts: readonly MountPart[];
}

/** Checks what a composition file exports. Throws CompositionError, which names the key. */
export function parseComposition(value: unknown, file: string): Composition {
  const parser = new CompositionParser(file);
  return parser.parse(value);
}

type Fields = Readonly<Record<string, unknown>>;

class CompositionParser {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  parse(value: unknown): Composition {
    const fields = this.#object(value, 'the file', ['middleware', 'mounts']);
    const mounts = this.#object(fields['mounts'], 'mounts');
    if (Object.keys(mounts).length === 0)
      this.#refuse('mounts', mounts, 'at least one URL prefix and its app');
    return {
      middleware: this.#middlewareList(fields['middleware'], 'middleware'),
      mounts: Object.entries(mounts).map(([prefix, mount]) => this.#mount(prefix, mount)),
    };
  }

  #mount(prefix: string, value: unknown): MountPart {
    const key = `mounts[${JSON.stringify(prefix)}]`;
    if (!/^\/$|^(\/[^/?#%\s]+)+$/.test(prefix) || /\/\.\.?(\/|$)/.test(prefix))
      this.#refuse(
        key,
        prefix,
        'a URL path such as /api, with characters as they are and no slash at its end',
      );
    const fields = isPlainObject(value) ? value : undefined;
    const { middleware, ...app } = fields ?? {};
    return {
      prefix,
      app: this.#part(fields === undefined ? value : app, key, ['path', 'package', 'app', 'callableObject']),
      middleware: this.#middlewareList(middleware, `${key}.middleware`),
    };
  }

  #middlewareList(value: unknown, key: string): MiddlewarePart[] {
    if (value === undefined) return [];
    if (!Array.isArray(value)) this.#refuse(key, value, 'a list');
    return (value as unknown[]).map((each, index) => this.#middleware(each, `${key}[${index}]`));
  }

  #middleware(value: unknown, key: string): MiddlewarePart {
    const part = this.#part(value, key, ['path', 'package', 'callableObject', 'options']);
    return isPlainObject(value) && 'options' in value ? { ...part, options: value['options'] } : part;
  }

  #part(value: unknown, key: string, names: readonly string[]): Part {
    if (typeof value === 'string') return this.#named(value, key);
    if (!isPlainObject(value)) {
      if (
        typeof value === 'function' ||
        (typeof value === 'object' && value !== null && !Array.isArray(value))
      )
        return { value };
      return this.#refuse(key, value, 'a path, a package, or an object with path or package');
    }
    const fields = this.#object(value, key, names);
    const callableObject = this.#text(fields['callableObject'], `${key}.callableObject`);
    const named = { ...(callableObject !== undefined && { callableObject }) };
    const path = this.#text(fields['path'], `${key}.path`);
    const packageName = this.#text(fields['package'], `${key}.package`);
    const given = [path, packageName, fields['app']].filter((each) => each !== undefined);
    if (given.length !== 1) this.#refuse(key, value, `exactly one of ${names.slice(0, -1).join(', ')}`);
    if (path !== undefined) return { path, ...named };
    return packageName === undefined
      ? { value: fields['app'], ...named }
      : { package: packageName, ...named };
  }

  /** As in an import: what begins with a dot or a slash is a path. */
  #named(text: string, key: string): Part {
    if (text === '') this.#refuse(key, text, 'a path or a package');
    return /^[./]/.test(text) ? { path: text } : { package: text };
  }

  #text(value: unknown, key: string): string | undefined {
    if (value === undefined) return undefined;
    return typeof value === 'string' && value !== '' ? value : this.#refuse(key, value, 'a text');
  }

  #object(value: unknown, key: string, names?: readonly string[]): Fields {
    if (!isPlainObject(value)) return this.#refuse(key, value, 'an object');
    const unknown = Object.keys(value).find((name) => names?.includes(name) === false);
    if (unknown !== undefined && names !== undefined)
      this.#refuse(
        `${key === 'the file' ? '' : `${key}.`}${unknown}`,
        value[unknown],
        `no such key, but ${names.join(', ')}`,
      );
    return value;
  }

  #refuse(key: string, found: unknown, expected: string): never {
    throw new CompositionError(
      this.#file,
      key,
      typeof found === 'string' ? JSON.stringify(found) : describeValue(found),
      expected,
    );
  }
}

function isPlainObject(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
