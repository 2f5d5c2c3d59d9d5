import { Failure } from '../../errors.ts';
import type { ClusterRoleBinding } from '../../objects.ts';
import type { Change, PairKind } from '../../rbac/change.ts';
import { standInFor } from '../../rbac/stand-in.ts';
import { tryAgain } from '../try-again.ts';
import type { ApiServer } from './api-server.ts';
import { ApiServerFailure, orUndefined } from './api-server-failure.ts';
import { findBinding } from './pair-objects.ts';
import { create, remove } from './write-object.ts';

type Recreation = Change & { readonly action: 'recreate' };

/** In ms, the pauses between attempts while the API server does not answer. */
const pauses = [250, 500, 1_000, 2_000];

/**
 * Deletes a binding and creates it with another role. Meanwhile a stand-in has that role and all subjects: access does not lapse,
 * what may not be written is refused before anything is deleted, and whatever ends the program, the next grant completes it.
 */
export async function recreate(
  apiServer: ApiServer,
  { kind, object, previous }: Recreation,
): Promise<ClusterRoleBinding> {
  const standIn = (await create(apiServer, kind, standInFor(object), 'none')) as ClusterRoleBinding;
  try {
    await removeForSure(apiServer, kind, previous);
  } catch (error) {
    if (isUnanswered(error)) throw leaving(standIn, error);
    // Nothing is deleted: the stand-in is not needed.
    await orUndefined(remove(apiServer, kind, standIn, 'none'));
    throw error;
  }
  try {
    const created = await persistently(() => create(apiServer, kind, object, 'none'));
    await persistently(() => removeIfThere(apiServer, kind, standIn));
    return created as ClusterRoleBinding;
  } catch (error) {
    throw leaving(standIn, error);
  }
}

/** A conflict is read and planned again. */
function leaving({ metadata }: ClusterRoleBinding, error: unknown): unknown {
  if (!(error instanceof Failure)) return error;
  if (error instanceof ApiServerFailure && error.status === 409) return error;
  const { message, prefix, details, hints } = error;
  return new Failure(message, {
    prefix,
    cause: error,
    details: [...details, `ClusterRoleBinding ${metadata.name} gives the access until then`],
    hints: [...hints, 're-run the same command to complete it'],
  });
}

async function removeIfThere(
  apiServer: ApiServer,
  kind: PairKind,
  binding: ClusterRoleBinding,
): Promise<void> {
  try {
    await remove(apiServer, kind, binding, 'none');
  } catch (error) {
    if (!(error instanceof ApiServerFailure && error.status === 404)) throw error;
  }
}

/** A DELETE whose answer is lost may have arrived: the binding is read again, and deleted again if it is still there. */
async function removeForSure(
  apiServer: ApiServer,
  kind: PairKind,
  previous: ClusterRoleBinding,
): Promise<void> {
  const { name = '', uid } = previous.metadata ?? {};
  for (let left = pauses.length; ; left -= 1)
    try {
      return await remove(apiServer, kind, previous, 'none');
    } catch (error) {
      // An earlier one arrived after all.
      const isRepeated = left < pauses.length;
      if (isRepeated && error instanceof ApiServerFailure && error.status === 404) return;
      if (!isUnanswered(error)) throw error;
      const found = await persistently(() => findBinding(apiServer, name));
      if (!found) return;
      if (found.metadata?.uid !== uid)
        throw new ApiServerFailure(409, 'Conflict', `ClusterRoleBinding ${name} was recreated`);
      if (left === 0) throw error;
    }
}

/** Tries again, for some seconds, what the API server does not answer. */
function persistently<T>(attempt: () => Promise<T>): Promise<T> {
  return tryAgain(
    attempt,
    (tried, count) =>
      'error' in tried && isUnanswered(tried.error) ? pauses[count - 1] : undefined,
    new AbortController().signal,
  );
}

/** Whether a request may have been carried out although it failed. */
function isUnanswered(error: unknown): boolean {
  return error instanceof ApiServerFailure ? error.status >= 500 : error instanceof Failure;
}

/**
 * For an object that still exists, a dry run can show whether the caller may delete it, and create the new one: the API
 * server checks for escalation before it says that the object exists.
 */
export async function tryRecreation(
  apiServer: ApiServer,
  { kind, object, previous }: Recreation,
): Promise<undefined> {
  await remove(apiServer, kind, previous, 'server');
  try {
    await create(apiServer, kind, object, 'server');
  } catch (error) {
    if (!(error instanceof ApiServerFailure) || error.status !== 409) throw error;
  }
}
