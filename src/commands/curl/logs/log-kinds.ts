import { UsageFailure } from '../../../errors.ts';

/** The log options as they are given; undefined and empty lists are not given. */
export interface LogOptions {
  readonly unit: readonly string[];
  readonly since: string | undefined;
  readonly until: string | undefined;
  readonly tail: string | undefined;
  readonly pattern: string | undefined;
  readonly boot: string | undefined;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
}

/** What a kubelet is asked for: the journal (`/logs/?query=`), a file under /var/log, or the log of a container. */
export type LogKind = 'query' | 'file' | 'container';

export type LogOption = keyof LogOptions;

const forKind: Readonly<Record<LogKind, readonly LogOption[]>> = {
  query: ['unit', 'since', 'until', 'tail', 'pattern', 'boot', 'follow'],
  file: ['tail', 'follow'],
  container: ['since', 'tail', 'follow', 'previous', 'timestamps'],
};

const kindNames: Readonly<Record<LogKind, string>> = {
  query: 'queries of the node log (logs --unit NAME)',
  file: 'files (/logs/FILE)',
  container: 'logs of containers (/containerLogs/NAMESPACE/POD/CONTAINER)',
};

/** The parameters of kubelets that an option stands for, and so contradicts. */
const parametersOf: Readonly<Record<LogOption, readonly string[]>> = {
  unit: ['query'],
  since: ['sinceTime', 'sinceSeconds'],
  until: ['untilTime'],
  tail: ['tailLines', 'tail'],
  pattern: ['pattern'],
  boot: ['boot'],
  follow: ['follow'],
  previous: ['previous'],
  timestamps: ['timestamps'],
};

/** Throws a UsageFailure for options of another kind of log, or none. */
export function kindFor(pathname: string, given: readonly [LogOption, ...LogOption[]]): LogKind {
  const kind = kindOf(pathname, given[0]);
  for (const option of given)
    if (!forKind[kind].includes(option)) throw misplaced(option, kindNames[kind]);
  return kind;
}

/** In their order in the help. */
export function givenOptions(options: LogOptions): readonly LogOption[] {
  return (Object.keys(parametersOf) as LogOption[]).filter((option) => {
    const value = options[option];
    return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
  });
}

function kindOf(pathname: string, first: LogOption): LogKind {
  if (/^\/logs\/?$/.test(pathname)) return 'query';
  if (/^\/logs\/.*[^/]$/.test(pathname)) return 'file';
  if (/^\/containerLogs\/./.test(pathname)) return 'container';
  throw misplaced(first, pathname);
}

function misplaced(option: LogOption, place: string): UsageFailure {
  const kinds = (Object.keys(forKind) as LogKind[]).filter((kind) =>
    forKind[kind].includes(option),
  );
  const names = kinds.map((kind) => kindNames[kind]);
  const last = names.pop() ?? '';
  const list = names.length === 0 ? last : `${names.join(', ')} and ${last}`;
  return new UsageFailure(`--${option} is for ${list}, not for ${place}`);
}

/** A query of the user's own stays as it is, so an option must not say the same differently. */
export function checkOwnQuery(ownQuery: string, given: readonly LogOption[]): void {
  const own = new URLSearchParams(ownQuery);
  for (const option of given) {
    const twice = parametersOf[option].find((name) => own.has(name));
    if (twice === undefined) continue;
    throw new UsageFailure(`--${option} cannot be used with "${twice}=" in PATH`);
  }
}
