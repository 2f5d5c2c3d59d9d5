const exactPaths = [
  ...'/metrics|/metrics/cadvisor|/metrics/resource|/metrics/probes'.split('|'),
  ...'/metrics/slis|/healthz|/healthz/ping|/healthz/log|/healthz/syncloop'.split('|'),
  ...'/configz|/debug/flags/v'.split('|'),
];
const trees = [
  ...'/pods|/runningpods|/stats|/logs|/checkpoint|/run|/exec|/attach'.split('|'),
  ...'/portForward|/containerLogs'.split('|'),
];

/** Whether a kubelet serves the path. Other paths get a 404 before authentication. */
export function isServed(pathname: string, minor: number, handlersOff: boolean): boolean {
  if (handlersOff && missingWithoutHandlers.test(pathname)) return false;
  const root = `/${pathname.split('/')[1]}`;
  if (exactPaths.includes(pathname) || trees.includes(root)) return true;
  if (pathname === '/statusz' || pathname === '/flagz') return minor >= 36;
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
  const alone = new Map([
    ['stats', 'stats'],
    ['metrics', 'metrics'],
    ['logs', 'log'],
    ['checkpoint', 'checkpoint'],
    ['statusz', 'statusz'],
    ['flagz', 'configz'],
  ]).get(root);
  if (alone) return { verb, tried: [alone] };
  const fine = new Map([
    ['pods', 'pods'],
    ['runningpods', 'pods'],
    ['healthz', 'healthz'],
    ['configz', 'configz'],
  ]).get(root);
  return { verb, tried: fine !== undefined && minor >= 33 ? [fine, 'proxy'] : ['proxy'] };
}

const missingWithoutHandlers = /^\/(?:configz|debug\/flags\/v|statusz|flagz|checkpoint\/.*)$/;

/** Whether a kubelet answers the path with 405 if enableDebuggingHandlers is false. */
export function isDebugPath(pathname: string): boolean {
  return /^\/(?:run|exec|attach|portForward|containerLogs|runningpods|logs|debug\/pprof)\//.test(
    pathname,
  );
}
