/** What decides over the environment of the workers. */
export interface WorkerEnvironmentInput {
  /** Our own, which they inherit. */
  readonly env: NodeJS.ProcessEnv;
  /** The port clients use: apps print it and build URLs from it. */
  readonly port: number;
  readonly locale: string;
  /** `--setenv` */
  readonly setenv: readonly (readonly [name: string, value: string])[];
  /** `--env`, which wins over it. */
  readonly variables: readonly (readonly [name: string, value: string])[];
  /** Set when the app's account is another than ours. */
  readonly account?: { readonly user: string; readonly home: string };
}

/** Ours alone: the IPC channel of the process that started us, and variables that speak of the starting account. */
const notInherited = ['NODE_CHANNEL_FD', 'NODE_CHANNEL_SERIALIZATION_MODE', 'NODE_UNIQUE_ID'];

const accountVariables = ['SUDO_USER', 'SUDO_UID', 'SUDO_GID', 'SUDO_COMMAND', 'MAIL', 'XDG_RUNTIME_DIR'];

/** What the app finds unless somebody set it, be it in an environment file: as with every other host of Node. */
export const environmentDefaults = { NODE_ENV: 'production' };

/**
 * The same for workers. glibc gives every thread a heap of its own, and Node has ten or more that each leave theirs half
 * empty; with two in all a worker has 3 MiB less, and nothing in it is slower. Other C libraries ignore the variable.
 */
export const workerDefaults = { ...environmentDefaults, MALLOC_ARENA_MAX: '2' };

/** The environment of the workers, but for defaults and environment files, which fill what it leaves open. */
export function workerEnvironment({
  env,
  port,
  locale,
  setenv,
  variables,
  account,
}: WorkerEnvironmentInput): Record<string, string> {
  const dropped = new Set([...notInherited, ...(account === undefined ? [] : accountVariables)]);
  const inherited = Object.entries(env).flatMap(([name, value]) =>
    value === undefined || dropped.has(name) ? [] : [[name, value] as const],
  );
  return {
    ...Object.fromEntries(inherited),
    ...(account && { HOME: account.home, USER: account.user, LOGNAME: account.user }),
    PORT: String(port),
    EXPRESS_SERVER: '1',
    LANG: locale,
    LC_ALL: locale,
    ...Object.fromEntries(setenv),
    ...Object.fromEntries(variables),
  };
}
