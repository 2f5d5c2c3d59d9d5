// The streaming classes of the Kubernetes project's client, and the WebSocket library that they use. In the executable, they are a separate
// file, which is read only for streams. Deep imports avoid the generated API, of 4 MB, which the index would bring.
export { Attach } from '@kubernetes/client-node/dist/attach.js';
export { Exec } from '@kubernetes/client-node/dist/exec.js';
export { WebSocket } from 'ws';
