import { Failure } from '../../errors.ts';
import type { ApiServer } from '../api-server/api-server.ts';
import {
  type IssuedToken,
  requestToken,
  type ServiceAccountName,
} from '../api-server/token-request.ts';
import type { ApiConnection } from '../config/api-connection.ts';
import { type Credential, type Credentials, tokenCredential } from '../config/credentials.ts';

/**
 * The same API server, and kubelets, as a service account alone: by tokens that the caller requests through `apiServer`. Nothing
 * of the caller's own credential is part of it. Throws a Failure without TLS: others could read the tokens.
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

/** In ms, by each clock: one stands still while the machine sleeps, the other may be set. */
const clocks = () => [performance.now(), Date.now()];

/** A token is used for this share of its lifetime, so that a request that takes a while ends before it. */
const usedShare = 0.8;

interface Held {
  readonly credential: Credential;
  readonly lifetimeMs: number;
  readonly start: readonly number[];
}

/** Concurrent callers share one request. If a renewal fails, a token that has not expired is used until it does. */
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
    held = { credential: tokenCredential(token, undefined), lifetimeMs, start };
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
