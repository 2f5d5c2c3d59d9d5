import { Failure, orFailure } from '../../errors.ts';
import type { ClusterRole, ClusterRoleBinding } from '../../objects.ts';
import type { Change } from '../../rbac/change.ts';
import {
  recreationKey,
  recreationsOf,
  withoutRecreation,
  withRecreation,
} from '../../rbac/recreation-record.ts';
import { renderYaml } from '../../text/serialize.ts';
import { tryAgain } from '../try-again.ts';
import type { ApiServer } from './api-server.ts';
import { ApiServerFailure } from './api-server-failure.ts';
import { findRole } from './pair-objects.ts';
import { creatable, update } from './write-object.ts';

/** Prints a line for the user. */
export type Note = (line: string) => void;

/** How often the role is read again because another client wrote it. */
const mostRetries = 5;

/**
 * Records in the new role that its binding is about to be missing. Where that is not allowed, or the role is not ours, it prints what
 * restores the binding. Throws, before anything is deleted, what another client or the API server's silence is the reason of.
 */
export async function recordRecreation(
  apiServer: ApiServer,
  { object, recordIn }: Change & { readonly action: 'recreate' },
  tell: Note,
): Promise<void> {
  if (recordIn !== undefined && (await writeRecord(apiServer, object, recordIn))) return;
  const name = object.metadata.name;
  tell(
    `note: until ClusterRoleBinding ${name} is created again, it is recorded here alone; if this command is killed, run:`,
  );
  for (const line of createCommand(object)) tell(line);
}

/** Whether it is recorded: false for a caller who may not write the role. */
async function writeRecord(
  apiServer: ApiServer,
  binding: ClusterRoleBinding,
  roleName: string,
): Promise<boolean> {
  const role = await findRole(apiServer, roleName);
  const recreations = recreationsOf(role);
  if (!role || recreations === 'unreadable')
    throw new ApiServerFailure(409, 'Conflict', `ClusterRole ${roleName} was changed`);
  const recorded = withRecreation(role, recreations, { at: new Date().toISOString(), binding });
  try {
    await update(apiServer, 'ClusterRole', roleName, recorded, 'none');
    return true;
  } catch (error) {
    const isDenied = error instanceof ApiServerFailure && error.status < 500;
    if (isDenied && error.status !== 409) return false;
    throw error;
  }
}

/** Removes a record whose binding exists. Returns the role as it is then. What fails is told: the binding is complete. */
export async function endRecord(
  apiServer: ApiServer,
  roleName: string | undefined,
  binding: string,
  tell: Note,
): Promise<readonly ClusterRole[]> {
  if (roleName === undefined) return [];
  const remove = async (): Promise<readonly ClusterRole[]> => {
    const role = await findRole(apiServer, roleName);
    if (!role) return [];
    const without = withoutRecreation(role, binding);
    if (without === role) return [role];
    return [(await update(apiServer, 'ClusterRole', roleName, without, 'none')) as ClusterRole];
  };
  const removed = await orFailure(
    tryAgain(remove, ({ error }, count) =>
      error instanceof ApiServerFailure && error.status === 409 && count <= mostRetries
        ? 0
        : undefined,
    ),
  );
  if (!(removed instanceof Failure)) return removed;
  tell(
    `note: annotation ${recreationKey} of ClusterRole ${roleName} is out of date, and the next grant removes it: ${removed.message}`,
  );
  return [];
}

/** What creates a binding by hand. */
export function createCommand(binding: ClusterRoleBinding): readonly string[] {
  const yaml = renderYaml([creatable('ClusterRoleBinding', binding)]).trimEnd();
  return ["kubectl create -f - <<'EOF'", ...yaml.split('\n'), 'EOF'];
}
