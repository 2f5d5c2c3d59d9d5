import { Failure, reworded } from '../../errors.ts';
import type { ClusterRoleBinding } from '../../objects.ts';
import type { Change, PairKind } from '../../rbac/change.ts';
import { command } from '../../text/command.ts';
import { tryAgain } from '../try-again.ts';
import type { ApiServer } from './api-server.ts';
import { ApiServerFailure } from './api-server-failure.ts';
import { findBinding } from './pair-objects.ts';
import { createCommand, endRecord, type Note, recordRecreation } from './record-recreation.ts';
import { explainWriteDenial } from './write-denial.ts';
import { create, type PairObject, remove } from './write-object.ts';

type Recreation = Change & { readonly action: 'recreate' };

/** The objects that the API server wrote, each as it is now. */
export type Written = readonly PairObject[];

/** A binding that was deleted, or may have been, and could not be created again: the same command would not restore it. */
export class LostBindingFailure extends Failure {}

/** In ms, the pauses between attempts while the API server does not answer. */
const pauses = [250, 500, 1_000, 2_000];

/**
 * Deletes a binding and creates it with another role. Whatever the API server does not answer, the binding is put back; for what
 * kills the program in between, a record says what is missing, or else what `tell` prints.
 */
export async function recreate(
  apiServer: ApiServer,
  change: Recreation,
  tell: Note,
): Promise<Written> {
  const { kind, object, previous, recordIn } = change;
  await recordRecreation(apiServer, change, tell);
  try {
    await removeForSure(apiServer, kind, previous);
  } catch (error) {
    // After a conflict it is planned again, from what is there.
    if (error instanceof ApiServerFailure && error.status < 500 && error.status !== 409)
      await endRecord(apiServer, recordIn, change.name, tell);
    throw error;
  }
  let written: Written;
  try {
    written = [await create(apiServer, kind, object, 'none')];
  } catch (error) {
    const cause = await restore(apiServer, previous, error);
    await endRecord(apiServer, recordIn, change.name, tell);
    throw cause;
  }
  return [...written, ...(await endRecord(apiServer, recordIn, change.name, tell))];
}

/** A DELETE whose response is lost may have arrived: the binding is read again, and deleted again if it is still there. */
async function removeForSure(
  apiServer: ApiServer,
  kind: PairKind,
  previous: ClusterRoleBinding,
): Promise<void> {
  const { name, uid } = previous.metadata;
  /** Whether it is gone; throws why it is not, or may not be. */
  const isGone = async (count: number): Promise<boolean> => {
    try {
      await remove(apiServer, kind, previous, 'none');
      return true;
    } catch (error) {
      // An earlier one arrived after all.
      if (count > 1 && error instanceof ApiServerFailure && error.status === 404) return true;
      if (!isUnanswered(error)) throw error;
      const found = await persistently(() => findBinding(apiServer, name)).catch(
        (cause: unknown) => {
          throw lost(previous, 'may have been deleted', [['cannot read it', cause]], error);
        },
      );
      if (found && found.metadata.uid !== uid)
        throw new ApiServerFailure(409, 'Conflict', `ClusterRoleBinding ${name} was recreated`);
      if (found && count > pauses.length) throw error;
      return !found;
    }
  };
  await tryAgain(isGone, ({ value }) => (value === false ? 0 : undefined));
}

/** Tries again, for some seconds, what the API server does not answer. */
function persistently<T>(attempt: () => Promise<T>): Promise<T> {
  return tryAgain(attempt, (tried, count) =>
    'error' in tried && isUnanswered(tried.error) ? pauses[count - 1] : undefined,
  );
}

/** Whether a request may have been carried out although it failed. */
function isUnanswered(error: unknown): boolean {
  return error instanceof ApiServerFailure ? error.status >= 500 : error instanceof Failure;
}

/**
 * For an object that still exists, a dry run can show whether the caller may delete it, and create the new one: the API
 * server checks for escalation before it says that the object exists. Also whether they may restore the old one.
 */
export async function tryRecreation(apiServer: ApiServer, change: Recreation): Promise<void> {
  const { kind, object, previous } = change;
  await remove(apiServer, kind, previous, 'server');
  const denial = await denialToCreate(apiServer, kind, object);
  if (denial && denial.status !== 404) throw denial;
  const last = await denialToCreate(apiServer, kind, previous);
  // A binding to a role that does not exist cannot be restored, and grants nothing.
  if (last && last.status !== 404) throw notRestorable(last, change);
  if (denial) throw denial;
}

async function denialToCreate(
  apiServer: ApiServer,
  kind: PairKind,
  object: ClusterRoleBinding,
): Promise<ApiServerFailure | undefined> {
  try {
    await create(apiServer, kind, object, 'server');
  } catch (error) {
    if (!(error instanceof ApiServerFailure)) throw error;
    if (error.status !== 409) return error;
  }
  return undefined;
}

function notRestorable(denial: ApiServerFailure, change: Recreation): unknown {
  const explained = explainWriteDenial(denial, { ...change, object: change.previous });
  if (!(explained instanceof Failure)) return explained;
  const first = `if recreating ClusterRoleBinding ${change.name} failed, you could not restore it`;
  return reworded(explained, { cause: denial, details: [first, ...explained.details] });
}

/** Returns why there is a binding, and not the new one. */
async function restore(
  apiServer: ApiServer,
  binding: ClusterRoleBinding,
  reason: unknown,
): Promise<unknown> {
  try {
    await persistently(() => create(apiServer, 'ClusterRoleBinding', binding, 'none'));
    return reason;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // It exists: recreated although the response was lost, or by another client. That is a conflict, and is read again.
    if (error instanceof ApiServerFailure && error.status === 409) return error;
    const attempts = [
      ['cannot recreate it', reason],
      ['cannot restore it', error],
    ] as const;
    throw lost(binding, 'was deleted, but could not be recreated or restored', attempts, error);
  }
}

/** With all that is needed to create the binding by hand, as it was. */
function lost(
  binding: ClusterRoleBinding,
  fate: string,
  attempts: readonly (readonly [what: string, error: unknown])[],
  cause: unknown,
): LostBindingFailure {
  return new LostBindingFailure(`ClusterRoleBinding ${binding.metadata.name} ${fate}`, {
    cause,
    details: [
      ...attempts.flatMap(([what, error]) =>
        error instanceof Failure ? `${what}: ${error.message}`.split('\n') : [],
      ),
      'to restore it as it was, before this command is run again:',
      ...createCommand(binding),
    ],
    hints: [command`kubectl get clusterrolebinding ${binding.metadata.name}`],
  });
}
