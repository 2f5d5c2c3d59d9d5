import { endpointList, type KubeletEndpoint } from './endpoints.ts';

/** Returns the endpoint if a request to it may run code or write to the node; otherwise undefined. */
export function unsafeEndpoint(method: string, path: string): KubeletEndpoint | undefined {
  const pathname = decodedPathname(path);
  const isRead = method === 'GET' || method === 'HEAD';
  return endpointList.find(({ effect, path: template }) => {
    if (effect === 'none' || (effect === 'sets' && isRead)) return false;
    const root = template.replace(/\/\{.*$/, '');
    return pathname === root || pathname.startsWith(`${root}/`);
  });
}

export function isRead(method: string, path: string): boolean {
  return /^(?:GET|HEAD)$/.test(method) && !unsafeEndpoint(method, path);
}

/**
 * Returns the path as the kubelet's router may decode it: `/%65xec//` is `/exec/`. The API server's node proxy also decodes the
 * path once.
 */
function decodedPathname(path: string): string {
  const url = new URL('http://kubelet');
  url.pathname = (path.split('?', 1)[0] ?? '').replaceAll(
    /%(?:25)*([0-9A-Fa-f]{2})/g,
    (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return url.pathname.replaceAll(/\/{2,}/g, '/');
}
