// Streaming classes of the Kubernetes JavaScript client, and its WebSocket library. In the executable, they are a separate file, which is
// read only if streams are needed. The index of the client is not imported, because it would add the generated API, which has 4 MB.
export { Attach } from '@kubernetes/client-node/dist/attach.js';
export { Exec } from '@kubernetes/client-node/dist/exec.js';
export { WebSocket } from 'ws';
