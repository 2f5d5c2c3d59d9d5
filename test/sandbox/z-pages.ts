/** The body of /healthz?verbose. */
export function healthChecks(minor: number): string {
  const names = ['ping', 'log', 'syncloop', ...(minor >= 36 ? ['device-plugin'] : [])];
  return `${names.map((name) => `[+]${name} ok\n`).join('')}healthz check passed\n`;
}

/** Returns the body of /statusz or /flagz as JSON and as text. */
export function zPage(kind: 'Statusz' | 'Flagz', node: string, minor: number) {
  const version = 'v1beta1';
  const head = { kind, apiVersion: `config.k8s.io/${version}`, metadata: { name: 'kubelet' } };
  const title = `\nkubelet ${kind.toLowerCase()}\nWarning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.\n`;
  if (kind === 'Flagz') {
    const flags = {
      address: '0.0.0.0',
      'anonymous-auth': 'true',
      'authorization-mode': 'AlwaysAllow',
      config: '/var/lib/kubelet/config.yaml',
      'hostname-override': node,
      'node-labels': '',
      v: node === 'node-2' ? '4' : '2',
    };
    const lines = Object.entries(flags).map(([name, value]) => `${name}:${value}\n`);
    return { version, value: { ...head, flags }, words: title + lines.join('') };
  }
  const paths = ['/configz', '/debug', '/flagz', '/healthz', '/metrics'];
  const value = {
    ...head,
    startTime: '2026-01-01T00:00:00Z',
    uptimeSeconds: 191_400,
    goVersion: 'go1.26.8',
    binaryVersion: `1.${minor}.2`,
    emulationVersion: `1.${minor}`,
    paths,
  };
  const words = `${title}
Started: Thu Jan 01 00:00:00 UTC 2026
Up: 53 hr 10 min 00 sec
Go version: ${value.goVersion}
Binary version: ${value.binaryVersion}
Emulation version: ${value.emulationVersion}
Paths: ${paths.join(' ')}
`;
  return { version, value, words };
}
