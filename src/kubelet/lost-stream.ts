/** Why a connection of a stream ends before it is done. */
export const lostStream =
  'the kubelet, the container runtime or something between stopped or restarted';
