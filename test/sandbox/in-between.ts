import type { ServerResponse } from 'node:http';
import { deny, type NamespacedAttributes } from './allow.ts';
import type { Identity } from './authorizer.ts';
import { sendStatus } from './respond.ts';

/**
 * `html-403` and `html-502`: the page of a web proxy. `admission`: a denial by a webhook. `authorizer`: a denial with a reason.
 * `overload`: priority and fairness of the API server. `no-upgrade`: a proxy that removes Upgrade from requests.
 */
export type InBetween =
  | 'html-403'
  | 'html-502'
  | 'admission'
  | 'authorizer'
  | 'overload'
  | 'no-upgrade';

/** Sends the response of `inBetween` in place of the kubelet. Returns false if it does not answer this request. */
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
      // Admission checks connections through the node proxy, but not requests for logs.
      if (attributes.resource !== 'nodes/proxy') return false;
      sendStatus(
        response,
        403,
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
