// `npx node test/commands/narrow/record-roles.ts` writes what narrow prints of all roles, to be read before it is committed.
import { writeFileSync } from 'node:fs';
import { goldenFile, narrowAll } from './roles.ts';

writeFileSync(goldenFile, await narrowAll());
