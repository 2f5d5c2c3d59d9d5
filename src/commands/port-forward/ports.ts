import { UsageFailure } from '../../errors.ts';
import type { Pod } from '../../objects.ts';
import { nearest } from '../../text/nearest.ts';

/** A port argument: `8080`, `8080:80`, `:80`, `8080:http`. */
export interface PortChoice {
  /** Local port; 0 for any free port, undefined for the remote port number. */
  readonly local: number | undefined;
  readonly remote: number | string;
}

export interface ForwardedPort {
  readonly local: number;
  readonly remote: number;
}

export function parsePorts(words: readonly string[]): readonly PortChoice[] {
  if (words.length === 0)
    throw new UsageFailure('missing port', {
      hints: ['8080:80 forwards local port 8080 to 80 of the pod'],
    });
  const choices = words.map(parsePort);
  rejectTwice(
    choices.map(({ local, remote }) => local ?? (typeof remote === 'number' ? remote : 0)),
  );
  return choices;
}

/** Throws for a local port that is given twice. Port 0 stands for any free port, and may be given several times. */
function rejectTwice(locals: readonly number[]): void {
  const twice = locals.find((local, index) => local !== 0 && locals.indexOf(local) !== index);
  if (twice === undefined) return;
  throw new UsageFailure(`local port ${twice} is given twice`, {
    hints: ['let the system choose one: :REMOTE'],
  });
}

function parsePort(text: string): PortChoice {
  const [, localText, remoteText = ''] = /^(?:(\d*):)?([a-z0-9-]+)$/.exec(text) ?? [];
  const remote = /^\d+$/.test(remoteText) ? Number(remoteText) : remoteText;
  const local = localText === undefined ? undefined : localText === '' ? 0 : Number(localText);
  const isPort = remote === '' ? false : typeof remote === 'string' || inRange(remote, 1);
  if (!isPort || (local !== undefined && !inRange(local, 0)))
    throw new UsageFailure(
      `invalid port "${text}": must be PORT, LOCAL:REMOTE or :REMOTE; REMOTE may be the name of a port of the pod`,
    );
  return { local, remote };
}

function inRange(port: number, least: number): boolean {
  return port >= least && port <= 65535;
}

/** Throws a UsageFailure for the name of a port that the pod does not have. */
export function resolvePorts(choices: readonly PortChoice[], pod: Pod): readonly ForwardedPort[] {
  const ports = choices.map(({ local, remote }) => {
    const number = typeof remote === 'number' ? remote : portOf(remote, pod);
    return { local: local ?? number, remote: number };
  });
  rejectTwice(ports.map(({ local }) => local));
  return ports;
}

function portOf(name: string, { metadata, spec }: Pod): number {
  const ports = (spec.containers ?? []).flatMap((container) => container.ports ?? []);
  const found = ports.find((port) => port.name === name);
  const pod = `pod ${metadata.namespace}/${metadata.name}`;
  if (!found) {
    const names = ports.flatMap((port) => port.name ?? []);
    const near = nearest(name, names);
    const has = names.length === 0 ? 'no named ports' : names.join(', ');
    throw new UsageFailure(`${pod} has no port named "${name}": it has ${has}`, {
      hints: near === undefined ? [] : [`did you mean: ${near}?`],
    });
  }
  const { containerPort, protocol = 'TCP' } = found;
  if (protocol !== 'TCP')
    throw new UsageFailure(`port "${name}" of ${pod} is ${protocol}: only TCP is forwarded`);
  return containerPort;
}
