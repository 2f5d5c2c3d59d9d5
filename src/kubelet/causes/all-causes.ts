import { addCauses, causes } from './causes.ts';
import { startCauses } from './start-causes.ts';

// Logs tell these causes, no answer of a server does. So only `explain` loads them: each start of the program pays for the others.
addCauses(startCauses);

export { causes };
