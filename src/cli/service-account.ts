import { notTogether, UsageFailure } from '../errors.ts';
import type { ApiServer } from '../kube/api-server/api-server.ts';
import type { ServiceAccountName } from '../kube/api-server/token-request.ts';
import type { ApiConnection } from '../kube/config/api-connection.ts';
import { asServiceAccount } from '../kube/kubelet-client/service-account.ts';
import { isNodeName } from '../objects.ts';
import { addingCredentials, type Invocation, openServer } from './connection.ts';
import { type Globals, globalOptions } from './global-options.ts';
import { kubeletCredentialFlags } from './kubelets.ts';
import { declare } from './option.ts';

const flag = '--as-serviceaccount';

export const serviceAccountOption = () =>
  declare.request.text(
    flag,
    'Call kubelets as this NAMESPACE/NAME, by a short-lived token, not with your own credential.',
    { completes: 'serviceaccount' },
  );

/** Two users: who looks things up, and who calls kubelets. */
interface ServiceAccountCalls {
  /** As the caller. */
  readonly apiServer: ApiServer;
  /** The connection for kubelets and the node proxy, as the service account; the caller's own without one. */
  readonly acting: ApiConnection;
  readonly proxy: ApiServer;
  close(): void;
}

/** Calls kubelets as the caller for an empty `text`, or as a service account whose tokens the API server issues to the caller. */
export function actAs(
  invocation: Invocation,
  text: string,
  connection: ApiConnection,
): ServiceAccountCalls {
  const account = text === '' ? undefined : parseServiceAccount(text, invocation.globals);
  const apiServer = openServer(invocation, connection);
  if (!account) return { apiServer, acting: connection, proxy: apiServer, close: apiServer.close };
  const { credentials, ...rest } = asServiceAccount(connection, apiServer, account);
  const { secrets } = invocation.context;
  const acting = { ...rest, credentials: addingCredentials(credentials, secrets) };
  const proxy = openServer(invocation, acting);
  const close = () => {
    proxy.close();
    apiServer.close();
  };
  return { apiServer, acting, proxy, close };
}

/** A header of the caller's own would replace the token of the service account. */
export function rejectOwnAuthorization(text: string, headers: object): void {
  if (text !== '' && 'authorization' in headers) throw notTogether(flag, '--header Authorization');
}

/** Throws a UsageFailure also for options that name another credential for kubelets, or none. */
export function parseServiceAccount(text: string, globals: Globals): ServiceAccountName {
  // As --subject names it, too.
  const short = text.replace(/^(?:system:)?serviceaccount:([^:]+):/, '$1/');
  const [namespace = '', name = '', ...rest] = short.split('/');
  if (!isNodeName(namespace) || /\.|.{64}/.test(namespace) || !isNodeName(name) || rest.length > 0)
    throw new UsageFailure(`invalid ${flag} value "${text}": must be NAMESPACE/NAME`, {
      hints: ['kubectl get serviceaccounts -A'],
    });
  const [other] = kubeletCredentialFlags(globals);
  if (other !== undefined) throw notTogether(flag, other);
  if (globals.kubeletInsecureSkipTlsVerify)
    throw notTogether(flag, globalOptions.kubeletInsecureSkipTlsVerify.name, {
      why: 'a token is never sent to a kubelet whose certificate is not verified',
    });
  return { namespace, name };
}
