import type { Task } from '../../scripts/tools/task.ts';
import { buildCluster, buildControllers, buildKrew, buildMetricsServer } from './build.ts';
import { installPrerequisites, installShells } from './prerequisites.ts';
import { needPromtool } from './promtool.ts';
import type { Minor } from './versions.ts';

/** Installs and compiles all that the cluster suite of a version takes from elsewhere: after it, the suite needs no network. */
export async function prepareSuite(minor: Minor, task: Task): Promise<void> {
  await installPrerequisites(task);
  await installShells(task);
  await buildCluster(minor, task);
  await buildControllers(minor, task);
  await buildKrew(task);
  await buildMetricsServer(task);
  await needPromtool();
}
