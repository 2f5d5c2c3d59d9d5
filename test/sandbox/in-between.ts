import type { ServerResponse } from 'node:http';
import { deny, type NamespacedAttributes } from './allow.ts';
import type { Identity } from './authorizer.ts';
import { sendStatus } from './respond.ts';

/**
 * Answers in place of a kubelet: the page of a web proxy in front of the API server, a denial by an admission webhook, a
 * denial with a reason by a second authorizer, the API server's priority and fairness under overload, or a proxy in front that
 * removes Upgrade from requests.
 */
export type InBetween =
  | 'html-403'
  | 'html-502'
  | 'admission'
  | 'authorizer'
  | 'overload'
  | 'no-upgrade';

/** Answers a request in place of the kubelet, if `inBetween` applies to it. Returns whether it did. */
export function answeredInBetween(
  inBetween: InBetween | undefined,
  who: Identity,
  attributes: NamespacedAttributes,
  response: ServerResponse,
): boolean {
  switch (inBetween) {
    case 'html-403':
      sendPage(response, 403, '403 Forbidden');
      return true;
    case 'html-502':
      sendPage(response, 502, '502 Bad Gateway');
      return true;
    case 'admission':
      // Admission applies to connections to nodes, not to reading logs.
      if (attributes.resource !== 'nodes/proxy') return false;
      sendStatus(
        response,
        403,
        'Forbidden',
        'admission webhook "nodes.policy.example.com" denied the request: nodes/proxy is not used here',
      );
      return true;
    case 'authorizer':
      deny(who, attributes, 'policy "no-kubelets" denies it', response);
      return true;
    case 'overload':
      // https://github.com/kubernetes/apiserver/blob/v0.37.2/pkg/server/filters/priority-and-fairness.go, tooManyRequests
      response.writeHead(429, { 'retry-after': '1', 'content-type': 'text/plain; charset=utf-8' });
      response.end('Too many requests, please try again later.\n');
      return true;
    default:
      return false;
  }
}

function sendPage(response: ServerResponse, status: number, title: string): void {
  response.writeHead(status, { server: 'nginx', 'content-type': 'text/html' });
  response.end(
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`,
  );
}
