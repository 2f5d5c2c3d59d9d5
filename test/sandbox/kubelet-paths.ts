const exactPaths = [
  ...'/metrics|/metrics/cadvisor|/metrics/resource|/metrics/probes'.split('|'),
  ...'/metrics/slis|/healthz|/healthz/ping|/healthz/log|/healthz/syncloop'.split('|'),
  ...'/configz|/debug/flags/v'.split('|'),
];
const trees = [
  ...'/pods|/runningpods|/stats|/logs|/checkpoint|/run|/exec|/attach'.split('|'),
  ...'/portForward|/containerLogs'.split('|'),
];

/** Paths that came with a version of kubelets, and the subresource that they need. */
const newPaths: Readonly<Record<string, { readonly since: number; readonly needs: string }>> = {
  '/statusz': { since: 36, needs: 'statusz' },
  '/flagz': { since: 36, needs: 'configz' },
};

/** Whether a kubelet serves the path. Other paths get a 404 before authentication. */
export function isServed(pathname: string, minor: number, handlersOff: boolean): boolean {
  if (handlersOff && (missingWithoutHandlers.test(pathname) || newPaths[pathname])) return false;
  const root = `/${pathname.split('/')[1]}`;
  if (exactPaths.includes(pathname) || trees.includes(root)) return true;
  const { since = Number.POSITIVE_INFINITY } = newPaths[pathname] ?? {};
  if (minor >= since) return true;
  return pathname.startsWith('/debug/pprof/');
}

// Measured on 1.31.14 and 1.37.2, path by path. src has its own table, derived from the source of kubelets.
export function attributes(
  method: string,
  pathname: string,
  minor: number,
): { verb: string; tried: readonly string[] } {
  const verb =
    new Map([
      ['GET', 'get'],
      ['POST', 'create'],
      ['PUT', 'update'],
      ['PATCH', 'patch'],
      ['DELETE', 'delete'],
    ]).get(method) ?? '';
  const root = pathname.split('/')[1] ?? '';
  const known = new Map([
    ['stats', 'stats'],
    ['metrics', 'metrics'],
    ['logs', 'log'],
    ['checkpoint', 'checkpoint'],
  ]).get(root);
  const alone = newPaths[`/${root}`]?.needs ?? known;
  if (alone) return { verb, tried: [alone] };
  const fine = new Map([
    ['pods', 'pods'],
    ['runningpods', 'pods'],
    ['healthz', 'healthz'],
    ['configz', 'configz'],
  ]).get(root);
  return { verb, tried: fine !== undefined && minor >= 33 ? [fine, 'proxy'] : ['proxy'] };
}

const missingWithoutHandlers = /^\/(?:configz|debug\/flags\/v|checkpoint\/.*)$/;

/** Whether a kubelet answers the path with 405 if enableDebuggingHandlers is false. */
export function isDebugPath(pathname: string): boolean {
  return /^\/(?:run|exec|attach|portForward|containerLogs|runningpods|logs|debug\/pprof)\//.test(
    pathname,
  );
}
