import { orThrow, reworded } from '../../errors.ts';
import { parseAdmissionDenials } from '../../rbac/admission.ts';
import { parseApiServerDenial } from '../../rbac/api-server-denial.ts';
import { parseEscalation } from '../../rbac/escalation.ts';
import {
  type DeniedWrite,
  remedyForAdmission,
  remedyForDenial,
  remedyForEscalation,
} from '../../rbac/write-remedy.ts';
import { ApiServerFailure, isForbidden } from './api-server-failure.ts';

/**
 * Adds an explanation and a remedy if RBAC or an admission plugin denied the write of a role or binding; returns any other error unchanged.
 */
export function explainWriteDenial(error: unknown, written: DeniedWrite): unknown {
  if (!(error instanceof ApiServerFailure)) return error;
  const [denial] = parseAdmissionDenials(error.words);
  if (denial) return reworded(error, { cause: error, ...remedyForAdmission(denial, written) });
  if (!isForbidden(error)) return error;
  const escalation = parseEscalation(error.words);
  if (!escalation) return withMissingPermission(error);
  return reworded(error, { cause: error, ...remedyForEscalation(escalation, written) });
}

/** Adds the missing permission if the authorizer denied a read or write; returns any other error unchanged. */
export function withMissingPermission(error: unknown): unknown {
  const denial = isForbidden(error) ? parseApiServerDenial(error.words) : undefined;
  if (!isForbidden(error) || !denial) return error;
  return reworded(error, { cause: error, ...remedyForDenial(denial) });
}

export function orMissingPermission<T>(asked: Promise<T>): Promise<T> {
  return orThrow(asked, withMissingPermission);
}
