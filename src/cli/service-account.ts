import { notTogether, UsageFailure } from '../errors.ts';
import type { ApiServer } from '../kube/api-server/api-server.ts';
import type { ServiceAccountName } from '../kube/api-server/token-request.ts';
import type { ApiConnection } from '../kube/config/api-connection.ts';
import { asServiceAccount } from '../kube/kubelet-client/service-account.ts';
import { isNodeName } from '../objects.ts';
import { type GivenOption, isInEffect } from './argv.ts';
import { addingCredentials, type Invocation, openServer } from './connection.ts';
import { kubeletCredentialFlags, skipVerification } from './global-options.ts';
import { declare, type Exclusion } from './option.ts';

const flag = '--as-serviceaccount';

const withoutOther: readonly Exclusion[] = [
  ...kubeletCredentialFlags.map((name) => ({ with: name })),
  {
    with: skipVerification,
    why: 'a token is never sent to a kubelet whose certificate is not verified',
  },
];

/** @param help by default, of commands that call kubelets */
export const serviceAccountOption = (
  help = 'Call kubelets as this NAMESPACE/NAME, by a short-lived token, not with your own credential.',
) =>
  declare.request.text(flag, help, {
    completes: 'serviceaccount',
    not: withoutOther,
  });

/** Connections of two users: the caller, who looks up nodes, and the service account, which calls kubelets. */
interface ServiceAccountCalls {
  readonly apiServer: ApiServer;
  /** Connection for requests to kubelets and to the node proxy, as the service account or, without one, as the caller. */
  readonly acting: ApiConnection;
  readonly proxy: ApiServer;
  close(): void;
}

/** @param text NAMESPACE/NAME, or empty to call kubelets as the caller */
export function actAs(
  invocation: Invocation,
  text: string,
  connection: ApiConnection,
): ServiceAccountCalls {
  const account = text === '' ? undefined : parseServiceAccount(text);
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

/** Throws for an Authorization header, because it would replace the token of the service account. */
export function rejectOwnAuthorization(text: string, headers: object): void {
  if (text !== '' && 'authorization' in headers) throw notTogether(flag, '--header Authorization');
}

/** Parses NAMESPACE/NAME. */
export function parseServiceAccount(text: string): ServiceAccountName {
  // As in --subject, serviceaccount:NAMESPACE:NAME is accepted.
  const short = text.replace(/^(?:system:)?serviceaccount:([^:]+):/, '$1/');
  const [namespace = '', name = '', ...rest] = short.split('/');
  if (!isNodeName(namespace) || /\.|.{64}/.test(namespace) || !isNodeName(name) || rest.length > 0)
    throw new UsageFailure(`invalid ${flag} value "${text}": must be NAMESPACE/NAME`, {
      hints: ['kubectl get serviceaccounts -A'],
    });
  return { namespace, name };
}

/** Throws if a command that calls kubelets as a service account has an option with which it cannot. */
export function rejectOtherCredentials(command: string, given: readonly GivenOption[]): void {
  const names = given.filter(isInEffect).map(({ option }) => option.name);
  const other = withoutOther.find((each) => names.includes(each.with));
  if (other) throw notTogether(command, other.with, other);
}
