import { addCauses } from './causes.ts';
import { startCauses } from './start-causes.ts';

/**
 * All causes by rank. Logs tell those of kubelets that do not start, no answer of a server does: so only `explain` loads them, and each
 * start of the program pays for the others. A value of this module, because a bundle may run a module without one after its importers.
 */
export const causes = addCauses(startCauses);
