/** What configuration files are written with. */
import { type OptionSpec } from './option-spec.ts';
import { type serverOptions } from './options.ts';

/** Options that the command line alone can have. */
type Excluded = {
  readonly [K in keyof Table]: Table[K] extends { readonly notInFile: true } ? K : never;
}[keyof Table];

type Table = typeof serverOptions;

/** Names carry no unit: `requestTimeout`, not `requestTimeoutMs`. */
type ConfigName<Key> = Key extends `${infer Name}Ms` | `${infer Name}Bytes` ? Name : Key;

type Written<T> = T extends boolean
  ? boolean
  : T extends number
    ? number | string
    : T extends readonly [infer A, infer B]
      ? readonly [Written<A>, Written<B>]
      : T extends string
        ? T
        : string;

/** A list of pairs may be an object where its first half is a name. */
type WrittenList<T> = T extends readonly [string, infer B]
  ? readonly Written<T>[] | Readonly<Record<string, Written<B>>>
  : readonly Written<T>[];

type WrittenAs<Spec extends OptionSpec<unknown>> =
  | undefined
  | (Spec extends { readonly repeatable: true }
      ? WrittenList<ReturnType<Spec['parse']>>
      : Written<ReturnType<Spec['parse']>>);

/** Options as a configuration file has them; docs/options.md describes each. Relative paths start at the file. */
export type ServerConfig = {
  readonly [K in Exclude<keyof Table, Excluded> as ConfigName<K>]?: WrittenAs<Table[K]>;
};

/** Types the options of an `express.config.ts`: `export default defineConfig({ port: 8080 })`. */
export function defineConfig(config: ServerConfig): ServerConfig {
  return config;
}
