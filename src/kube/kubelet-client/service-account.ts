import { Failure } from '../../errors.ts';
import type { ApiServer } from '../api-server/api-server.ts';
import {
  type IssuedToken,
  requestToken,
  type ServiceAccountName,
} from '../api-server/token-request.ts';
import type { ApiConnection } from '../config/api-connection.ts';
import { type Credential, type Credentials, credentialOf } from '../config/credentials.ts';

/**
 * Returns a connection that authenticates as a service account. The caller requests the tokens through `apiServer`; the connection has no
 * part of the caller's own credential. Throws a Failure without TLS, because others could read the tokens.
 */
export function asServiceAccount(
  connection: ApiConnection,
  apiServer: ApiServer,
  account: ServiceAccountName,
): ApiConnection {
  if (!connection.address.secure)
    throw new Failure(
      `no token of ${account.namespace}/${account.name} is requested over plain http: others could read it on the way`,
      { hints: ['use the https:// URL of the API server'] },
    );
  const credentials = renewedTokens(() => requestToken(apiServer, account));
  return { ...connection, credentials, isServiceAccount: true, impersonate: undefined };
}

/** Returns the time in ms of two clocks: the first may stop while the machine sleeps, and the user can set the second. */
const clocks = () => [performance.now(), Date.now()];

/** Fraction of its lifetime for which a token is used. It is less than 1, so that slow requests end before the token expires. */
const usedShare = 0.8;

interface Held {
  readonly credential: Credential;
  readonly lifetimeMs: number;
  readonly start: readonly number[];
}

/** Renews tokens; concurrent callers share one request. If a renewal fails, the last token is used until it expires. */
export function renewedTokens(
  request: () => Promise<IssuedToken>,
  now: () => readonly number[] = clocks,
): Credentials {
  let held: Held | undefined;
  let share = usedShare;
  let requested: Promise<Held> | undefined;
  const isWithin = ({ start, lifetimeMs }: Held, part: number) =>
    now().every((time, index) => time - (start[index] ?? 0) < lifetimeMs * part);
  const renew = async () => {
    const start = now();
    const { token, lifetimeMs } = await request();
    held = { credential: credentialOf({ token }), lifetimeMs, start };
    share = usedShare;
    return held;
  };
  return {
    current: async () => {
      const kept = held;
      if (kept && isWithin(kept, share)) return kept.credential;
      requested ??= renew().finally(() => {
        requested = undefined;
      });
      try {
        return (await requested).credential;
      } catch (error) {
        if (!(error instanceof Failure && kept && isWithin(kept, 1))) throw error;
        share = 1;
        return kept.credential;
      }
    },
    rejected: async ({ token }) => {
      if (held?.credential.token === token) held = undefined;
    },
  };
}
