import type { Task } from '../../scripts/tools/task.ts';
import type { Likeness } from '../likeness/likenesses.ts';
import {
  buildCluster,
  buildControllers,
  buildKonnectivity,
  buildKrew,
  buildKubeadm,
  buildMetricsServer,
} from './build.ts';
import { installJournal, installPrerequisites, installShells } from './prerequisites.ts';
import { needPromtool } from './promtool.ts';
import type { Minor } from './versions.ts';

/** Installs and compiles everything that the cluster suite of a version needs from elsewhere: the suite then needs no network. */
export async function prepareSuite(minor: Minor, task: Task): Promise<void> {
  await prepareCluster(minor, task);
  await prepareAgents(task);
}

/** Prepares all of this except agents, which the suite needs last. */
export async function prepareCluster(minor: Minor, task: Task): Promise<void> {
  await installPrerequisites(task);
  await installShells(task);
  await installJournal(task);
  await buildCluster(minor, task);
  await buildControllers(minor, task);
  await buildKrew(task);
  await needPromtool();
}

/** Compiles the additional programs of a kind of cluster. */
export async function prepareLikeness(likeness: Likeness, minor: Minor, task: Task): Promise<void> {
  if (likeness === 'kubeadm') await buildKubeadm(minor, task);
  if (likeness === 'konnectivity') await buildKonnectivity(task);
}

export async function prepareAgents(task: Task): Promise<void> {
  await buildMetricsServer(task);
}
