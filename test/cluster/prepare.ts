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
import { type Minor, oldest } from './versions.ts';

/** Downloads and builds all programs, so that a suite needs no network. */
export async function prepareSuite(minor: Minor, task: Task): Promise<void> {
  await prepareCluster(minor, task);
  await prepareAgents(task);
}

/** Builds all programs except agents. Agents are built later, because a suite needs them last. */
export async function prepareCluster(minor: Minor, task: Task): Promise<void> {
  await installPrerequisites(task);
  await installShells(task);
  await installJournal(task);
  await buildCluster(minor, task);
  // A suite also starts a kubelet older than its API server.
  await buildCluster(oldest, task);
  await buildControllers(minor, task);
  await buildKrew(task);
  await needPromtool();
}

export async function prepareLikeness(likeness: Likeness, minor: Minor, task: Task): Promise<void> {
  if (likeness === 'kubeadm') await buildKubeadm(minor, task);
  if (likeness === 'konnectivity') await buildKonnectivity(task);
}

export async function prepareAgents(task: Task): Promise<void> {
  await buildMetricsServer(task);
}
