import { STATE_FOLDER } from '../state/journal.ts'

/** The name of the service, and of its objects in the cluster. */
export const MESH_NAME = 'edgelift-mesh-refresh'
/** The id of the step that removes it. */
export const MESH_GONE = 'mesh-refresh-gone'
export const MESH_UNIT = `${MESH_NAME}.service`
export const MESH_UNIT_FILE = `/etc/systemd/system/${MESH_UNIT}`
/** The program and the runtime that it needs. */
export const PROGRAMS = '/usr/local/lib/edgelift'
/** Of the service account, 0600. */
export const MESH_KUBECONFIG = `${STATE_FOLDER}/mesh-refresh.kubeconfig`
/** systemd creates the folder with the service and removes it. */
export const MESH_STATE = `/run/${MESH_NAME}/state.json`
